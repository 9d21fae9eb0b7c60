"""JobMatch's own requests: what it asks of Workers AI and OpenAI, and what it checks."""

import json
import re
from typing import Any

from emulator import Account, Twin
from emulator.ai.rule_spec import specs_of
from emulator.ai.upstream import stand_ins
from emulator.wire.upstream import UpstreamRequest
from tests.ai.conftest import BGE_BASE, LLAMA, Run
from tests.ai.test_skeleton import COMPATIBILITY, DIMENSIONS

SETTINGS: dict[str, Any] = {
    "temperature": 0.3,
    "max_tokens": 4000,
    "response_format": {"type": "json_object"},
}
ASKED = [
    {"role": "system", "content": "You are a recruiter. Answer with JSON only."},
    {"role": "user", "content": COMPATIBILITY},
]


def passes(answer: Any) -> bool:
    """The quality gate of a compatibility analysis."""
    return (
        0 <= answer["overallScore"] <= 100
        and all(1 <= answer["dimensions"][name]["score"] <= 10 for name in DIMENSIONS)
        and all(len(answer["dimensions"][name]["justification"]) >= 30 for name in DIMENSIONS)
        and len(answer["strengths"]) >= 3
        and len(answer["gaps"]) >= 3
    )


async def test_a_compatibility_analysis_passes_the_gate(run: Run) -> None:
    response = await run(LLAMA, messages=ASKED, **SETTINGS)

    assert passes(response.json()["result"]["response"])


async def test_the_next_model_answers_with_a_text(run: Run) -> None:
    response = await run("@cf/meta/llama-3.1-8b-instruct-fast", messages=ASKED, **SETTINGS)

    assert passes(json.loads(response.json()["result"]["response"]))


async def test_a_failing_model_leads_to_the_next(run: Run, account: Account) -> None:
    account.ai.rules.add(specs_of({"model": LLAMA, "times": 2, "error": {"code": 3040}}))

    statuses = [(await run(LLAMA, messages=ASKED, **SETTINGS)).status_code for _ in range(3)]

    assert statuses == [429, 429, 200]


async def test_a_gap_analysis_has_its_block(run: Run) -> None:
    prompt = 'Answer with JSON: {"resume_analysis": {"strengths": ["..."], "score": <0-100>}}'
    messages = [{"role": "user", "content": prompt}]

    response = await run(
        "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
        messages=messages,
        temperature=0.2,
        max_tokens=8000,
    )

    block = re.search(r"\{.*\}", response.json()["result"]["response"], re.DOTALL)
    assert block is not None
    assert "resume_analysis" in json.loads(block[0])


async def test_a_job_is_embedded(run: Run) -> None:
    response = await run(BGE_BASE, text=["a" * 8000])

    assert len(response.json()["result"]["data"][0]) == 768


async def test_a_resume_is_generated_by_openai(twin: Twin, account: Account) -> None:
    system = "Return a JSON object {resume, coverLetter, aiRationale}."
    body = {
        "model": "gpt-4o-mini",
        "temperature": 0.7,
        "max_tokens": 3000,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": "Backend engineer"},
        ],
        "response_format": {"type": "json_object"},
    }
    request = UpstreamRequest(
        "POST",
        "chat/completions",
        (("authorization", "Bearer sk"),),
        json.dumps(body).encode(),
    )

    reply = await stand_ins(twin.inference)["openai"].send(account, request)

    assert isinstance(reply.body, bytes)
    content = json.loads(reply.body)["choices"][0]["message"]["content"]
    assert set(json.loads(content)) == {"resume", "coverLetter", "aiRationale"}


async def test_the_fallback_to_openai_passes_the_gate(twin: Twin, account: Account) -> None:
    body = {"model": "gpt-4o-mini", "messages": ASKED, **SETTINGS}
    headers = (("authorization", "Bearer sk"),)
    request = UpstreamRequest("POST", "chat/completions", headers, json.dumps(body).encode())

    reply = await stand_ins(twin.inference)["openai"].send(account, request)

    assert isinstance(reply.body, bytes)
    assert passes(json.loads(json.loads(reply.body)["choices"][0]["message"]["content"]))
