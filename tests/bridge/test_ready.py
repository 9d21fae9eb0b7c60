"""What `cftwin env` says of the bridge."""

from emulator.ready import Ready, exports

BASE = ("http://api", "http://edge", "http://s3", "account", 1)


def test_the_environment_names_the_authority() -> None:
    ready = Ready(*BASE, bridge_ca="/state of mine/bridge/ca.pem")

    lines = exports(ready.environment()).splitlines()

    assert "export NODE_EXTRA_CA_CERTS='/state of mine/bridge/ca.pem'" in lines


def test_without_a_bridge_nothing_new_is_trusted() -> None:
    assert "NODE_EXTRA_CA_CERTS" not in Ready(*BASE).environment()
