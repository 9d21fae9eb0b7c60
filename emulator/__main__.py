"""`python -m emulator` is `cftwin`."""

from emulator.cli import main

if __name__ == "__main__":
    main()
