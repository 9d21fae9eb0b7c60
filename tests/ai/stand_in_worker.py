"""Speaks as `emulator.ai.embedding.worker` does, without a model: what it does, its texts say.

A vector's four values: the text's length, the texts of the question, how many questions the
process has answered, and 1 for the pooling `cls`.
"""

import json
import os
import signal
import struct
import sys
from pathlib import Path


def main() -> None:
    for answered, line in enumerate(sys.stdin.buffer):
        question = json.loads(line)
        texts = question["texts"]
        if "refuse" in texts:
            print(json.dumps({"error": "OSError: no weights"}), flush=True)
            continue
        if "forget" in texts:
            print(json.dumps({"rows": 0, "dimensions": 4, "tokens": []}), flush=True)
            continue
        act(texts, question["source"])
        values = [
            number
            for text in texts
            for number in (len(text), len(texts), answered, question["pooling"] == "cls")
        ]
        head = {"rows": len(texts), "dimensions": 4, "tokens": [len(text) for text in texts]}
        sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
        sys.stdout.buffer.write(struct.pack(f"{len(values)}f", *values))
        sys.stdout.buffer.flush()


def act(texts: list[str], source: str) -> None:
    if "die" in texts or ("die once" in texts and not Path(source).exists()):
        Path(source).touch()
        sys.exit("out of luck")
    if "hang" in texts:
        signal.pause()
    if "babble" in texts:
        print("this is no answer", flush=True)
    if "hang up halfway" in texts:
        sys.stdout.write('{"rows": 9, "dimensions": 9, "tokens": []}\nabc')
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
