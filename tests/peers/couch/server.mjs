#!/usr/bin/env node
// A store of CouchDB's protocol that others wrote: express-pouchdb on LevelDB, with the rules of design documents (validate_doc_update). Prints one line
// of JSON when it serves, {"port"}; a SIGKILL loses nothing that it acknowledged.
// usage: node tests/peers/couch/server.mjs --folder FOLDER [--port N] [--limit OCTETS]    what is larger than the limit is answered with 413
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import express from 'express';
import expressPouchDB from 'express-pouchdb';
import LevelDB from 'pouchdb-adapter-leveldb';
import PouchDB from 'pouchdb-core';

const { values } = parseArgs({ options: { folder: { type: 'string' }, port: { type: 'string', default: '0' }, limit: { type: 'string', default: '8000000' } } });
mkdirSync(values.folder, { recursive: true });
const app = express();
app.use((request, response, next) => {
  if (Number(request.headers['content-length'] ?? 0) <= Number(values.limit)) next();
  else response.status(413).json({ error: 'document_too_large', reason: 'the limit of this store' });
});
const stores = PouchDB.plugin(LevelDB).defaults({ prefix: `${path.resolve(values.folder)}/` });
app.use(expressPouchDB(stores, { mode: 'minimumForPouchDB', overrideMode: { include: ['validation'] } }));
const server = app.listen(Number(values.port), '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`));
