"""The bindings that `wrangler dev` uploads for the bridge, under the rules of any upload."""

from collections.abc import Sequence

from emulator.resources import AccountResources
from emulator.wire.call import Call
from emulator.workers import bindings as rules
from emulator.workers.models import Binding
from emulator.workers.upload_rest import upload_in


def uploaded(call: Call, script: str) -> Sequence[Binding]:
    """Raises what an upload with them would, for one that names nothing included."""
    store = call.account.workers
    bindings = rules.checked(upload_in(call).bindings)

    def exists(name: str) -> bool:
        return store.find_script(name) is not None

    def classes(owner: str) -> set[str]:
        return {one.class_name for one in store.namespaces(owner)}

    rules.check_existence(bindings, script, AccountResources(call.account), exists, classes)
    return bindings
