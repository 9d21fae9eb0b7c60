"""`/_twin/docs`: the control plane on one page, from its own OpenAPI description.

Made here because FastAPI's page loads its scripts from the internet, and the twin is offline.
"""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; }
section { border-top: 1px solid var(--line); padding: .75rem 0; }
h2 { font: 600 1rem ui-monospace, monospace; margin: 0; overflow-wrap: anywhere; }
p { margin: .25rem 0; }
pre { background: var(--soft); padding: .5rem .75rem; border-radius: .4rem; white-space: pre-wrap; }
b { display: inline-block; min-width: 4.2rem; }
"""

Description = Mapping[str, Any]


def render(description: Description, origin: str) -> str:
    """The page; `origin` is what the shown commands start with."""
    title = escape(description["info"]["title"])
    sections = "\n".join(operations(description, origin))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style><h1>{title}</h1>"
        f"<p>Version {escape(description['info']['version'])}. For this machine only; no"
        ' credentials. <a href="/_twin/openapi.json">OpenAPI</a></p>'
        f"<main>{sections}</main></html>"
    )


def operations(description: Description, origin: str) -> Iterator[str]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            about = escape(operation.get("description", operation["summary"]))
            command = escape(curl(method.upper(), origin + path, operation, description))
            yield (
                f"<section><h2><b>{method.upper()}</b> {escape(path)}</h2>"
                f"<p>{about}</p><pre>{command}</pre></section>"
            )


def curl(method: str, url: str, operation: Description, description: Description) -> str:
    """A command to try it with: query parameters by name, the body's fields with a value."""
    queries = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    suffix = f"?{'&'.join(f'{name}=…' for name in queries)}" if queries else ""
    body = fields_of(operation.get("requestBody"), description)
    text = json.dumps(body, ensure_ascii=False)
    data = f" -H 'Content-Type: application/json' -d '{text}'" if body else ""
    verb = "" if method == "GET" else f" -X {method}"
    return f"curl{verb} '{url}{suffix}'{data}"


def fields_of(body: Description | None, description: Description) -> dict[str, object]:
    """The fields of a JSON body, each with its default or a place to fill in."""
    text = json.dumps(body)
    schemas = description.get("components", {}).get("schemas", {})
    named = next((name for name in schemas if f'schemas/{name}"' in text), None)
    if named is None:
        return {}
    properties = schemas[named].get("properties", {})
    return {name: about.get("default", blank(about)) for name, about in properties.items()}


def blank(schema: Description) -> object:
    return 0 if schema.get("type") in ("integer", "number") else "…"
