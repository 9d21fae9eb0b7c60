"""Supabase as one of the outside world's stand-ins: a project for each account."""

from emulator.standins.standin import Asgi, Place, StandIn

NAME = "supabase"


def open_app(place: Place) -> Asgi:
    # With the first request for it: Starlette, PyJWT and what comes with them.
    from emulator.standins.supabase.app import App
    from emulator.standins.supabase.mails import SENDER, Mail
    from emulator.standins.supabase.project import open_project
    from emulator.standins.supabase.tables import Tables

    def post(mail: Mail) -> None:
        place.mail(
            NAME, sender=SENDER, to=mail.to, subject=mail.subject, text=mail.text, html=mail.html
        )

    base_url = f"{place.base_url}/supabase"
    project = open_project(
        place.directory, place.account.id, place.settings, place.clock, place.ids, base_url, post
    )
    return App(project, Tables(project, place))


SUPABASE = StandIn(NAME, ("*.supabase.co",), open_app)
