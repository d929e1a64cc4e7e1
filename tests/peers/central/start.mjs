// A reference store that serves: the database, the rows, HTTP on a free port.
import { once } from 'node:events';
import pg from 'pg';
import { Cluster } from './cluster.mjs';
import { createServer } from './http.mjs';
import { Store } from './store.mjs';

/** `connection`: of pg, to an empty or a store's database; without one a temporary cluster is started. The other settings are those of createServer. */
export async function startStore({ connection, host = '127.0.0.1', port = 0, ...settings }) {
  const own = connection ? null : await Cluster.start();
  // Every query goes through an index, but the plans of a new database's prepared statements are made while its tables are empty.
  const pool = new pg.Pool({ ...(connection ?? own.connection), max: 8, options: '-c enable_seqscan=off -c jit=off' });
  pool.on('error', () => {}); // an idle connection was lost: the next query opens another
  pool.on('connect', (client) => client.on('error', () => {})); // one in use: its query fails, and that says so
  const store = new Store({ pool, source: '/vn/38/pakn-store', secret: 'a store of tests' });
  await store.open();
  const server = createServer(store, Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)));
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `${settings.tls ? 'https' : 'http'}://${address.address}:${address.port}`,
    store,
    pool,
    async stop() {
      server.close();
      server.closeAllConnections();
      await store.close();
      await pool.end();
      await own?.stop();
    },
  };
}
