"""A runtime that runs nothing: uploads are stored unchecked."""

from emulator.pages.models import Deployment
from emulator.workers.models import StartUp
from emulator.workers.running import Runnable


class NotRunning:
    async def check(self, runnable: Runnable) -> StartUp:
        return StartUp()

    async def deployed(self, account_id: str, script: str) -> None:
        return None

    async def deleted(self, account_id: str, script: str) -> None:
        return None

    def url(self, script: str, subdomain: str) -> str:
        return f"http://{script}.{subdomain}.workers.localhost"

    async def check_function(self, account_id: str, deployment: Deployment) -> None:
        return None

    async def function_deleted(self, account_id: str, project: str, deployment_id: str) -> None:
        return None

    def site_url(self, label: str) -> str:
        return f"http://{label}.pages.localhost"
