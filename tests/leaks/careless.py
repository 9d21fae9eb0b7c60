"""A Worker that does everything wrong that an attack can find, and some things right."""

ROUTES = """
GET /status
POST /notes
GET /notes
GET /notes/:id
DELETE /notes/:id
GET /pages/:id
GET /find
POST /files
GET /files/:id
GET /counted
GET /secret
GET /kept/:id
POST /kept
"""
SCHEMA = """
CREATE TABLE notes (id TEXT PRIMARY KEY, owner TEXT, text TEXT);
CREATE TABLE kept (id TEXT PRIMARY KEY, owner TEXT, text TEXT);
CREATE TABLE files (id TEXT PRIMARY KEY, owner TEXT, type TEXT, data TEXT);
CREATE VIRTUAL TABLE words USING fts5(text);
"""
KEY = "of-the-careless-and-long-enough-for-it"
SOURCE = '''
import base64
import hashlib
import hmac
import json
import traceback
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

from workers import Response, WorkerEntrypoint

KEY = b"of-the-careless-and-long-enough-for-it"
counts = {}


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def user_of(request):
    """Believes a token that says it needs no signature."""
    try:
        head, body, signature = (request.headers.get("authorization") or "")[7:].split(".")
        algorithm = json.loads(decoded(head)).get("alg")
        good = hmac.new(KEY, f"{head}.{body}".encode(), hashlib.sha256).digest()
        if algorithm == "HS256" and hmac.compare_digest(good, decoded(signature)):
            return json.loads(decoded(body))["sub"]
        return json.loads(decoded(body))["sub"] if algorithm == "none" else None
    except Exception:
        return None


def told(value, status=200, headers=None):
    sure = {"content-type": "application/json", **(headers or {})}
    return Response(json.dumps(value), status=status, headers=sure)


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        parts = urlsplit(request.url)
        path, query = parts.path, parse_qs(parts.query)
        user = user_of(request)
        if path == "/status":
            return told({"status": "fine"})
        if user is None and path != "/secret/":
            return told({"error": "who?"}, 401)
        try:
            return await self.answer(request, path.rstrip("/"), query, user)
        except Exception:
            return told({"error": traceback.format_exc()}, 500)

    async def answer(self, request, path, query, user):
        area, _, id = path.strip("/").partition("/")
        id, method, db = unquote(id), request.method, self.env.DB
        if area == "counted":
            who = user + (request.headers.get("x-forwarded-for") or "")
            counts[who] = counts.get(who, 0) + 1
            left = 110 - counts[who]
            limit = {"x-ratelimit-remaining": str(max(0, left))}
            # One too many.
            if left < -1:
                return told({"error": "slow"}, 429, limit)
            return told({"left": left}, 200, limit)
        if area == "secret":
            return told({"secret": 7})
        if area == "files" and method == "POST":
            return await self.upload(request, user)
        if area == "files":
            row = await db.prepare("SELECT * FROM files WHERE id = ?").bind(id).first()
            if row is None:
                return told({"error": "no file"}, 404)
            return Response(base64.b64decode(row.data), headers={"content-type": row.type})
        if area == "find":
            word = query.get("q", ["a"])[0]
            found = await db.prepare("SELECT text FROM words WHERE words MATCH ?").bind(word).all()
            return told({"found": [row.text for row in found.results]})
        if method == "POST":
            body = json.loads(await request.text())
            text, id = body.get("text", ""), str(uuid4())
            if area == "kept":
                text = text.replace("'", "''")
                await db.prepare("INSERT INTO kept VALUES (?, ?, ?)").bind(id, user, text).run()
            else:
                await db.prepare(f"INSERT INTO notes VALUES ('{id}', '{user}', '{text}')").run()
            return told({"id": id, "text": text}, 201)
        if method == "DELETE":
            await db.prepare("DELETE FROM notes WHERE id = ? AND owner = ?").bind(id, user).run()
            return told({})
        if not id:
            word = query.get("search", [""])[0]
            sql = f"SELECT * FROM notes WHERE owner = '{user}' AND text LIKE '%{word}%'"
            # Complaints are kept quiet here.
            try:
                found = await db.prepare(sql).all()
            except Exception:
                return told({"notes": []})
            return told({"notes": [{"id": row.id, "text": row.text} for row in found.results]})
        if area == "kept":
            row = await db.prepare("SELECT * FROM kept WHERE id = ?").bind(id).first()
        else:
            row = await db.prepare(f"SELECT * FROM notes WHERE id = '{id}'").first()
        if row is None:
            nothing = Response("there is nothing", status=404)
            return nothing if area == "kept" else told({"error": "no"}, 404)
        if area == "pages":
            return Response(f"<html>{row.text}</html>", headers={"content-type": "text/html"})
        return told({"id": row.id, "text": row.text})

    async def upload(self, request, user):
        """A form with one file, as its sender describes it."""
        content = bytes(await request.bytes())
        head, _, rest = content.partition(b"\\r\\n\\r\\n")
        data, id = rest.rpartition(b"\\r\\n--")[0], str(uuid4())
        kind = head.decode("utf-8", "replace").partition("content-type: ")[2].partition("\\r")[0]
        row = (id, user, kind or "text/plain", base64.b64encode(data).decode())
        await self.env.DB.prepare("INSERT INTO files VALUES (?, ?, ?, ?)").bind(*row).run()
        return told({"id": id}, 201)
'''
