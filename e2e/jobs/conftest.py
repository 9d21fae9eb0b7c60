"""What the cases about jobs share."""

from secrets import token_hex

import pytest


@pytest.fixture
def company() -> str:
    """A name that no other job has: by it a list is narrowed to what the case has made."""
    return f"Clinic {token_hex(6)}"
