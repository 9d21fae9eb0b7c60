"""What an attack can show of an API."""

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "attack/sql-injection": "Text of a request is run as SQL.",
    "attack/fts-syntax": "Text that is searched for is read as the search engine's syntax.",
    "attack/like-wildcard": "`%` and `_` in a search stand for other letters.",
    "attack/altered-text": "Stored text does not come back as it was sent.",
    "attack/server-error": "A request makes the server fail.",
    "attack/engine-text": "An answer tells messages or paths of what is behind the API.",
    "attack/envelope": "A refusal has not the form that the API's refusals have.",
    "attack/malformed-body": "A body that is malformed is served.",
    "attack/oversized-body": "A body above 1 MiB is served.",
    "attack/stored-markup": "Stored text comes back in a page that a browser runs.",
    "attack/active-content": "A stored file is served in a way that lets it run in a browser.",
    "attack/header-injection": "Text of a request becomes a header of the answer.",
    "attack/token": "A token that the API's sign-in has not issued is believed.",
    "attack/path-bypass": "A path written another way is served without a token.",
    "attack/method-override": "A header turns a request into one with another method.",
    "attack/rate-limit": "A rate limit lets more or fewer requests pass than it says.",
    "attack/spoofed-address": "A header of the client's begins a rate limit anew.",
    "attack/unlimited": "No route says that it limits requests.",
    "coverage/unattacked": "Attacks on a route ended early.",
}
