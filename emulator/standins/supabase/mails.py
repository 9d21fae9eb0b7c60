"""The mails Auth sends. They go nowhere: the outbox of the twin has them."""

from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

SENDER = "noreply@mail.app.supabase.io"

# By what the link does: the subject, what it is for, the text of the link.
TEMPLATES = {
    "signup": ("Confirm Your Signup", "Follow this link to confirm your user", "Confirm your mail"),
    "invite": (
        "You have been invited",
        "Follow this link to accept the invite",
        "Accept the invite",
    ),
    "recovery": (
        "Reset Your Password",
        "Follow this link to reset your password",
        "Reset password",
    ),
    "magiclink": ("Your Magic Link", "Follow this link to sign in", "Sign in"),
    "email_change": (
        "Confirm Email Change",
        "Follow this link to confirm the new address of your user",
        "Change email",
    ),
    "reauthentication": ("Confirm Reauthentication", "Enter this code", ""),
}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `token` is the code of six digits, `link` where its link leads, if any."""

    kind: str
    to: str
    subject: str
    text: str
    html: str
    token: str
    link: str


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links of mails: a browser's address of the project, and its public key."""

    base_url: str
    anon: str

    def to(self, kind: str, token_hash: str, redirect_to: str) -> str:
        # The key says whose project it is: all accounts share the address.
        query = {"token": token_hash, "type": kind, "redirect_to": redirect_to, "apikey": self.anon}
        return f"{self.base_url}/auth/v1/verify?{urlencode(query)}"


def composed(kind: str, to: str, token: str, link: str) -> Mail:
    subject, purpose, label = TEMPLATES[kind]
    code = f"Or enter the code: {token}" if link else f"The code is {token}"
    text = "\n".join(line for line in (f"{purpose}:", link, code) if line)
    anchor = f'<p><a href="{escape(link)}">{label}</a></p>' if link else ""
    html = f"<h2>{subject}</h2><p>{purpose}:</p>{anchor}<p>{code}</p>"
    return Mail(kind, to, subject, text, html, token, link)
