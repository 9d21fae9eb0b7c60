"""The only list of stand-ins. What serves them is loaded with the first request for each."""

from emulator.standins.standin import Asgi, Place, StandIn
from emulator.standins.supabase.standin import SUPABASE


def openai(place: Place) -> Asgi:
    from emulator.standins import openai

    return openai.create_app(place)


def sendgrid(place: Place) -> Asgi:
    from emulator.standins import sendgrid

    return sendgrid.create_app(place)


def linkedin(place: Place) -> Asgi:
    from emulator.standins import linkedin

    return linkedin.create_app(place)


def apify(place: Place) -> Asgi:
    from emulator.standins import apify

    return apify.create_app(place)


def pdf_parser(place: Place) -> Asgi:
    from emulator.standins import pdf_parser

    return pdf_parser.create_app(place)


STANDINS = (
    StandIn("openai", ("api.openai.com",), openai),
    StandIn("sendgrid", ("api.sendgrid.com", "api.eu.sendgrid.com"), sendgrid),
    StandIn("linkedin", ("www.linkedin.com", "api.linkedin.com"), linkedin),
    StandIn("apify", ("api.apify.com",), apify),
    # A service of the user's own: the setting stand_in_hosts says where it is thought to be.
    StandIn("pdf_parser", ("pdf-parser.*",), pdf_parser),
    SUPABASE,
)
