"""The actions inside the bot's own process: no action server, no port, no HTTP."""

from typing import Any

from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor


class InProcessActions(EndpointConfig):
    """An action endpoint that calls the SDK's executor instead of a server."""

    def __init__(self, package: str = "actions") -> None:
        super().__init__(url="in-process")
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any | None:
        """Run the action that Rasa asks for (see parent class)."""
        return await self._executor.run(kwargs["json"])
