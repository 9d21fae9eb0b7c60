-- Schemas of other people's applications, each from its heading to the next.

-- schema: notes
CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT UNIQUE, name TEXT);
CREATE TABLE notes (
  id INTEGER PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), title TEXT, body TEXT,
  folder_id INTEGER REFERENCES folders (id), pinned INTEGER DEFAULT 0, deleted_at TEXT
);
CREATE TABLE folders (
  id INTEGER PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), name TEXT, parent_id INTEGER,
  UNIQUE (user_id, name)
);
CREATE TABLE note_shares (
  note_id INTEGER NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id), can_edit INTEGER DEFAULT 0,
  PRIMARY KEY (note_id, user_id)
);
CREATE TABLE note_tags (
  note_id INTEGER NOT NULL REFERENCES notes (id) ON DELETE CASCADE, tag TEXT NOT NULL,
  PRIMARY KEY (note_id, tag)
);
CREATE TABLE languages (code TEXT PRIMARY KEY, name TEXT);
CREATE VIRTUAL TABLE notes_fts USING fts5 (title, body, content=notes, content_rowid=id);
CREATE TRIGGER notes_ai AFTER INSERT ON notes BEGIN
  INSERT INTO notes_fts (rowid, title, body) VALUES (new.id, new.title, new.body);
END;
CREATE TRIGGER notes_ad AFTER DELETE ON notes BEGIN
  INSERT INTO notes_fts (notes_fts, rowid, title, body)
  VALUES ('delete', old.id, old.title, old.body);
END;
CREATE VIEW live_notes AS SELECT * FROM notes WHERE deleted_at IS NULL;
CREATE VIEW note_counts AS SELECT user_id, count(*) AS notes FROM notes GROUP BY user_id;

-- schema: invoices
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT NOT NULL, plan TEXT);
CREATE TABLE clients (
  id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name TEXT, email TEXT, UNIQUE (account_id, email)
);
CREATE TABLE invoices (
  id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  client_id TEXT REFERENCES clients (id), number TEXT NOT NULL, status TEXT, total INTEGER,
  issued_on TEXT, due_on TEXT, UNIQUE (account_id, number)
);
CREATE TABLE invoice_lines (
  id INTEGER PRIMARY KEY, invoice_id TEXT NOT NULL REFERENCES invoices (id) ON DELETE CASCADE,
  line_no INTEGER, text TEXT, amount INTEGER, UNIQUE (invoice_id, line_no)
);
CREATE TABLE payments (
  id INTEGER PRIMARY KEY, invoice_id TEXT NOT NULL REFERENCES invoices (id), amount INTEGER,
  reference TEXT UNIQUE
);
CREATE TABLE currencies (code TEXT PRIMARY KEY, rate REAL);
CREATE TABLE totals (account_id TEXT PRIMARY KEY REFERENCES accounts (id), invoiced INTEGER);
CREATE TRIGGER invoiced AFTER INSERT ON invoices BEGIN
  UPDATE totals SET invoiced = invoiced + new.total WHERE account_id = new.account_id;
END;
CREATE TRIGGER paid AFTER INSERT ON payments BEGIN
  UPDATE invoices SET status = 'paid' WHERE id = new.invoice_id;
END;

-- schema: chats
CREATE TABLE users (id INTEGER PRIMARY KEY, handle TEXT UNIQUE, last_seen TEXT);
CREATE TABLE chats (id INTEGER PRIMARY KEY, topic TEXT, created_at TEXT);
CREATE TABLE chat_members (
  chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT, last_read INTEGER, PRIMARY KEY (chat_id, user_id)
);
CREATE TABLE messages (
  id INTEGER PRIMARY KEY, chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
  sender_id INTEGER REFERENCES users (id), body TEXT, sent_at TEXT
);
CREATE TABLE attachments (
  id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  name TEXT, r2_key TEXT
);
CREATE TABLE blocks (
  user_id INTEGER NOT NULL, blocked_id INTEGER NOT NULL, PRIMARY KEY (user_id, blocked_id)
);
CREATE TABLE emoji (name TEXT PRIMARY KEY, glyph TEXT);

-- schema: organisations
CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT UNIQUE);
CREATE TABLE organisations (id TEXT PRIMARY KEY, name TEXT, plan TEXT);
CREATE TABLE members (
  org_id TEXT NOT NULL REFERENCES organisations (id), user_id TEXT NOT NULL REFERENCES users (id),
  role TEXT NOT NULL, PRIMARY KEY (org_id, user_id)
);
CREATE TABLE projects (
  id TEXT PRIMARY KEY, org_id TEXT NOT NULL REFERENCES organisations (id), name TEXT, archived INTEGER,
  UNIQUE (org_id, name)
);
CREATE TABLE tasks (
  id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  assignee TEXT REFERENCES users (id), title TEXT, done INTEGER DEFAULT 0
);
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), hash TEXT UNIQUE, name TEXT
);
CREATE TABLE plans (name TEXT PRIMARY KEY, seats INTEGER);

-- schema: shop
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT);
CREATE TABLE products (sku TEXT PRIMARY KEY, name TEXT, price INTEGER, stock INTEGER);
CREATE TABLE Orders (
  "Id" INTEGER PRIMARY KEY, "CustomerId" INTEGER NOT NULL REFERENCES customers (id),
  status TEXT, placed_at TEXT, token TEXT UNIQUE
);
CREATE TABLE order_items (
  order_id INTEGER NOT NULL REFERENCES Orders ("Id") ON DELETE CASCADE,
  sku TEXT NOT NULL REFERENCES products (sku), quantity INTEGER, PRIMARY KEY (order_id, sku)
);
CREATE TABLE carts (
  customer_id INTEGER NOT NULL REFERENCES customers (id), sku TEXT REFERENCES products (sku),
  quantity INTEGER, PRIMARY KEY (customer_id, sku)
);
CREATE TABLE reviews (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), sku TEXT,
  stars INTEGER, text TEXT, approved INTEGER, UNIQUE (customer_id, sku)
);
CREATE TABLE addresses (
  id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), line TEXT, is_default INTEGER
);
