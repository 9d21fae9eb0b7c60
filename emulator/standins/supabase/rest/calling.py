"""Calls of functions: which one is meant, and its `SELECT`."""

from collections.abc import Iterable, Mapping, Sequence

from psycopg import sql

from emulator.standins.supabase.rest.catalog import Catalog, Function, Parameter
from emulator.standins.supabase.rest.errors import ambiguous_function, no_function
from emulator.standins.supabase.rest.payload import Payload
from emulator.standins.supabase.rest.sql_parts import (
    COMMA,
    EMPTY,
    Parameters,
    Part,
    array_literal,
    name,
    trusted,
)

CALL = "pgrst_call"
SCALAR = "pgrst_scalar"


def find(catalog: Catalog, schema: str, called: str, arguments: Iterable[str]) -> Function:
    """The function that takes these arguments. Raises PostgREST's refusals."""
    names = frozenset(arguments)
    known = catalog.functions.get((schema, called), ())
    found = [one for one in known if one.takes(names)]
    if not found:
        found = [one for one in known if one.takes_body]
    if not found:
        shown = sorted(names)
        raise no_function(schema, called, shown, near(catalog, schema, called, known))
    if len(found) > 1:
        raise ambiguous_function(one.shown for one in found)
    return found[0]


def near(catalog: Catalog, schema: str, called: str, known: Sequence[Function]) -> str | None:
    if not known:
        return catalog.near_function(schema, called)
    return f"{called}({', '.join(sorted(one.name for one in known[0].parameters))})"


def call_with_body(function: Function, payload: Payload, parameters: Parameters) -> Part:
    """Arguments are the members of a JSON object, or the whole body is the only one."""
    if function.takes_body and not function.takes(frozenset(payload.keys)):
        value = sql.SQL("{}::json").format(parameters.add(payload.text))
        return selected(function, value, EMPTY)
    chosen = [one for one in function.parameters if one.name in payload.keys]
    if not chosen:
        return selected(function, EMPTY, EMPTY)
    typed = [sql.SQL("{} {}").format(name(one.name), trusted(one.type)) for one in chosen]
    record = sql.SQL("json_to_record({}::json) AS pgrst_body({}), LATERAL ").format(
        parameters.add(payload.text), COMMA.join(typed)
    )
    values = [argument(one, name("pgrst_body", one.name)) for one in chosen]
    return selected(function, COMMA.join(values), record)


def call_with_texts(
    function: Function, texts: Mapping[str, Sequence[str]], parameters: Parameters
) -> Part:
    """Arguments of a query string; one given several times is an array of a variadic one."""
    values = []
    for one in function.parameters:
        given = texts.get(one.name)
        if given is None:
            continue
        text = array_literal(given) if one.variadic else given[-1]
        value = sql.SQL("{}::{}").format(parameters.add(text), trusted(one.type))
        values.append(argument(one, value))
    return selected(function, COMMA.join(values), EMPTY)


def argument(parameter: Parameter, value: Part) -> Part:
    variadic = sql.SQL("VARIADIC ") if parameter.variadic else EMPTY
    return sql.SQL("{}{} := {}").format(variadic, name(parameter.name), value)


def selected(function: Function, arguments: Part, before: Part) -> Part:
    called = sql.SQL("{}({})").format(name(function.schema, function.name), arguments)
    if function.kind != "row":
        call = sql.SQL("(SELECT {} AS {}) {}").format(called, name(SCALAR), name(CALL))
        return sql.SQL("SELECT {} FROM {}{}").format(name(CALL, SCALAR), before, call)
    return sql.SQL("SELECT {0}.* FROM {1}{2} {0}").format(name(CALL), before, called)
