"""The library as tools and resources of the Model Context Protocol, for programs that look things up for people.

Words leave here only as an answer or as a whole entry, so that a dose never comes without what limits it; searching
gives places. The disclaimer is in the text and in the structured content of every result. Importing this takes over
half a second: import it when somebody comes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError
from starlette.requests import Request

from assistant.answering.reply import Desk
from assistant.errors import AssistantError, EngineError, LibraryError, RuleError
from assistant.serving import tools
from assistant.serving.addresses import base_of
from assistant.serving.problems import faults_in, log_fault
from assistant.serving.tools import Result
from assistant.serving.wire import Json

_LOG = logging.getLogger("assistant")
_SCHEME = "library://entry/"
_INSTRUCTIONS = (
    "A health library that can only be quoted. Show quotations word for word with their citations, whole, with what "
    "limits them, and show the disclaimer. Where it says that it does not state something, say no more than that."
)
Ready = Callable[[], Awaitable[Desk]]
Base = Callable[[object], str]
Run = Callable[..., Awaitable[Result]]
"""Does a piece of work in a thread: `asyncio.to_thread`, or the line of a service."""


def library_server(ready: Ready, base: Base, run: Run = asyncio.to_thread) -> Server[Json]:
    """Make the server.

    Args:
        ready: gives the desk that answers, or raises SnapshotError.
        base: where this service is reached, of a transport's request, which is None where there is none.
        run: what answers in a thread.
    """

    async def list_tools(_: object, __: object) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in tools.TOOLS])

    async def call_tool(context: ServerRequestContext[Json], call: types.CallToolRequestParams) -> types.CallToolResult:
        tool = next((each for each in tools.TOOLS if each.name == call.name), None)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, "no such tool")
        try:
            given = tool.takes.model_validate(call.arguments or {})
            result = await run(tool.run, await ready(), given, base(context.request))
        except ValidationError as error:
            return _failed(faults_in(error.errors()))
        except LibraryError:
            return _failed("no such entry in the library")
        except EngineError:
            return _failed("the library cannot be searched now; ask again in a few seconds")  # not where it is kept
        except AssistantError as error:
            return _failed(str(error))
        except RuleError as error:
            _LOG.error("an answer was not sent: %s", error)
            return _failed("the answer broke a rule and was not sent")
        except Exception as error:
            log_fault(error)
            return _failed("a fault in the service")
        return _succeeded(result)

    async def list_resources(_: object, __: object) -> types.ListResourcesResult:
        desk = await ready()
        return types.ListResourcesResult(
            resources=[
                types.Resource(
                    uri=f"{_SCHEME}{entry.id}",
                    name=entry.id,
                    title=entry.title or None,
                    mime_type="text/markdown",
                )
                for entry in desk.snapshot.library.entries
            ]
        )

    async def list_templates(_: object, __: object) -> types.ListResourceTemplatesResult:
        template = types.ResourceTemplate(uri_template=f"{_SCHEME}{{id}}", name="entry", mime_type="text/markdown")
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        context: ServerRequestContext[Json], asked: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(asked.uri)
        try:
            if not uri.startswith(_SCHEME):
                raise LibraryError("another scheme")
            given = tools.ReadIn(id=uri.removeprefix(_SCHEME)[:200])
            result = tools.read_entry(await ready(), given, base(context.request))
        except LibraryError:
            raise MCPError(types.INVALID_PARAMS, "no such entry in the library") from None
        except AssistantError as error:
            raise MCPError(types.INTERNAL_ERROR, str(error)) from None
        return types.ReadResourceResult(
            contents=[types.TextResourceContents(uri=asked.uri, mime_type="text/markdown", text=result.text)]
        )

    # Its reports of what it could not read may hold what was sent.
    logging.getLogger("mcp").setLevel(logging.CRITICAL + 1)
    return Server(
        "assistant",
        version="0.1.0",
        title="Health library",
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


def _described(tool: tools.Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.about,
        input_schema=tool.takes.model_json_schema(),
        output_schema=tool.gives.model_json_schema(),
        annotations=types.ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _succeeded(result: Result) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=result.text)], structured_content=result.structured
    )


def _failed(why: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=why)], is_error=True)


def http_manager(ready: Ready, run: Run) -> StreamableHTTPSessionManager:
    """Return the transport over HTTP: no sessions, and an answer in one piece to each request."""

    def base(request: object) -> str:
        return base_of(request) if isinstance(request, Request) else ""

    return StreamableHTTPSessionManager(library_server(ready, base, run), json_response=True, stateless=True)


async def serve_stdio(ready: Ready) -> None:
    """Serve one client on standard input and output, until it leaves."""
    server = library_server(ready, lambda _: "")
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
