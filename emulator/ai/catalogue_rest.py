"""What models there are, over REST: models, schemas, tasks, authors, finetunes.

https://developers.cloudflare.com/api/resources/ai/subresources/models/
"""

from collections.abc import Mapping
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from emulator.ai.catalogue import Model
from emulator.ai.errors import InvalidQuery, NoSuchModel
from emulator.ai.inference import Inference
from emulator.ai.models import Json, JsonObject
from emulator.ai.schemas import schema_of
from emulator.core.errors import NotImplementedHere
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import PageLimits, page_of
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

PAGES = PageLimits(default=50, smallest=1, largest=100)
# Seen in Cloudflare's documentation; ids of other tasks are made of their names.
TASK_IDS = {
    "Text Generation": "c329a1f9-323d-4e91-b2aa-582dd4188d34",
    "Text Embeddings": "0137cdcf-162a-4108-94f2-1ca59e8c65ee",
}
FLAGS = ("function_calling", "lora", "vision")
NUMBERS = ("context_window", "max_input_tokens", "output_dimensions")
PRICE_UNITS = ("per M input tokens", "per M output tokens")


async def list_models(inference: Inference, call: Call) -> Reply:
    return found_models(inference, call.query)


def found_models(inference: Inference, query: Mapping[str, str]) -> Reply:
    if query.get("format") is not None:
        raise NotImplementedHere(operation="ai.models.list: format")
    source = query.get("source")
    models = inference.catalogue.search(
        text=query.get("search", ""),
        task=query.get("task"),
        author=query.get("author"),
        hide_experimental=flag(query, "hide_experimental"),
        include_deprecated=flag(query, "include_deprecated"),
    )
    found = [model for model in models if source in (None, str(source_of(model)))]
    page = page_of(found, query, PAGES, InvalidQuery)
    return ok([model_json(model) for model in page.items], page.info())


async def get_schema(inference: Inference, call: Call) -> Reply:
    name = call.query.get("model", "")
    model = inference.catalogue.find(name)
    if model is None:
        raise NoSuchModel(model=name)
    return ok(schema_of(model))


async def list_tasks(inference: Inference, call: Call) -> Reply:
    tasks = inference.catalogue.tasks
    page = page_of(tasks, call.query, PAGES, InvalidQuery)
    return ok([task_json(task) for task in page.items], page.info())


async def list_authors(inference: Inference, call: Call) -> Reply:
    authors = inference.catalogue.authors
    page = page_of(authors, call.query, PAGES, InvalidQuery)
    return ok([{"id": author, "name": author} for author in page.items], page.info())


async def list_finetunes(call: Call) -> Reply:
    """None: they cannot be made here."""
    return ok([])


async def create_finetune(call: Call) -> Reply:
    raise NotImplementedHere(operation="ai.finetunes.create")


def flag(query: Mapping[str, str], name: str) -> bool:
    text = query.get(name, "false").lower()
    if text not in ("true", "false"):
        raise InvalidQuery(reason=f"{name} is true or false")
    return text == "true"


def source_of(model: Model) -> int:
    """1 for models Cloudflare hosts, 2 for those from Hugging Face."""
    return 2 if model.name.startswith("@hf/") else 1


def model_json(model: Model) -> JsonObject:
    return {
        "id": model.id,
        "source": source_of(model),
        "name": model.name,
        "description": model.description,
        "task": task_json(model.task),
        "tags": [],
        "properties": properties_of(model),
        "schema": schema_of(model),
    }


def properties_of(model: Model) -> list[Json]:
    """Name and value pairs, the values as texts but for the price."""
    found: list[Json] = [
        {"property_id": name, "value": str(value)}
        for name in NUMBERS
        if (value := getattr(model, name)) is not None
    ]
    found += [{"property_id": name, "value": "true"} for name in FLAGS if getattr(model, name)]
    if model.price is None:
        found.append({"property_id": "beta", "value": "true"})
        return found
    prices = [
        {"unit": unit, "price": price, "currency": "USD"}
        for unit, price in zip(PRICE_UNITS, model.price, strict=True)
        if price
    ]
    return [*found, {"property_id": "price", "value": prices}]


def task_json(task: str) -> JsonObject:
    task_id = TASK_IDS.get(task) or str(uuid5(NAMESPACE_URL, task))
    return {"id": task_id, "name": task, "description": f"Models for {task.lower()}"}


READ = "ai:read"


def routes(inference: Inference, base: str) -> tuple[Route, ...]:
    search = f"{base}/models/search"
    return (
        Route("GET", search, "ai.models.list", partial(list_models, inference), READ),
        Route(
            "GET",
            f"{base}/models/schema",
            "ai.models.schema.get",
            partial(get_schema, inference),
            READ,
        ),
        Route("GET", f"{base}/tasks/search", "ai.tasks.list", partial(list_tasks, inference), READ),
        Route(
            "GET",
            f"{base}/authors/search",
            "ai.authors.list",
            partial(list_authors, inference),
            READ,
        ),
        Route("GET", f"{base}/finetunes", "ai.finetunes.list", list_finetunes, READ),
        Route("POST", f"{base}/finetunes", "ai.finetunes.create", create_finetune, "ai:write"),
        Route("GET", f"{base}/finetunes/public", "ai.finetunes.public", list_finetunes, READ),
    )
