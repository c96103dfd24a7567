// What an application does with a client of Redis from npm, and how it fares when the leader is killed.
// node clients.mjs KIND PORT...: says "ready" when everything has worked; then, told "killed", how long it takes until a write succeeds, and which errors it saw.
import { createRequire } from 'node:module';
import readline from 'node:readline';

const [kind, ...ports] = process.argv.slice(2);
const nodes = ports.map((port) => ({ host: '127.0.0.1', port: Number(port) }));
const { Redis, Cluster } = kind.startsWith('ioredis') ? createRequire(import.meta.url)('ioredis') : {};
const nodeRedis = kind.startsWith('redis') ? createRequire(import.meta.url)('redis') : {};
const expect = (what, actual, expected) => {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
};
// On a busy machine the leader may change at any time: what was not done, or perhaps not, is done again. All of it may be done twice.
const again = async (action) => {
  for (let tries = 0; ; tries++) {
    try {
      return await action();
    } catch (error) {
      if (tries === 50 || !/UNKNOWN|CLUSTERDOWN|TRYAGAIN|instead of/.test(error.message)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};
const values = (keys) => keys.map((_, i) => `${i}`);

async function connect() {
  if (kind.startsWith('ioredis')) {
    const client = kind === 'ioredis' ? new Redis(nodes[0]) : new Cluster(nodes);
    client.on('error', () => {});
    return {
      set: (key, value) => client.set(key, value),
      get: (key) => client.getBuffer(key),
      call: (...words) => client.call(...words),
      pipeline: async (keys) => {
        const pipeline = client.pipeline();
        keys.forEach((key, i) => pipeline.set(key, i).get(key));
        const results = await pipeline.exec();
        results.filter(([error]) => error).forEach(([error]) => { throw error; });
        return results.filter((_, i) => i % 2 === 1).map(([, value]) => value);
      },
      multi: async (key) => (await client.multi().set(key, '1').incr(key).exec()).map(([, value]) => value),
      close: () => client.disconnect(),
    };
  }

  const url = ({ host, port }) => ({ url: `redis://${host}:${port}` });
  const client = kind === 'redis-cluster' ? nodeRedis.createCluster({ rootNodes: nodes.map(url) })
    : nodeRedis.createClient({ ...url(nodes[0]), RESP: kind === 'redis-resp3' ? 3 : 2 });
  client.on('error', () => {});
  await client.connect();
  const binary = client.withTypeMapping({ [nodeRedis.RESP_TYPES.BLOB_STRING]: Buffer });
  return {
    set: (key, value) => client.set(key, value),
    get: (key) => binary.get(key),
    call: (...words) => (kind === 'redis-cluster' ? client.sendCommand(words[1], false, words) : client.sendCommand(words)),
    pipeline: async (keys) => (await Promise.all(keys.flatMap((key, i) => [client.set(key, `${i}`), client.get(key)]))).filter((_, i) => i % 2 === 1),
    multi: (key) => client.multi().set(key, '1').incr(key).exec(),
    close: () => client.destroy(),
  };
}

async function work(client) {
  await again(() => client.set(`${kind}:name`, 'value'));
  expect('get', (await again(() => client.get(`${kind}:name`))).toString(), 'value');
  expect('expire', Number(await again(() => client.call('EXPIRE', `${kind}:name`, '100'))), 1);
  const binary = Buffer.from([0, 255, 13, 10, 1]);
  await again(() => client.set(binary, binary));
  expect('binary', (await again(() => client.get(binary))).equals(binary), true);
  const keys = Array.from({ length: 500 }, (_, i) => `${kind}${i}`);
  await again(async () => expect('pipeline', await client.pipeline(keys), values(keys)));
  const big = Buffer.alloc(2 << 20, 7);
  await again(() => client.set(`${kind}:big`, big));
  expect('big', (await again(() => client.get(`${kind}:big`))).equals(big), true);
  await again(async () => expect('multi', await client.multi(`${kind}:counted`), ['OK', 2]));
}

async function outlive(client) {
  const start = process.hrtime.bigint();
  const seconds = () => Number(process.hrtime.bigint() - start) / 1e9;
  const errors = [];
  for (let left = 20, i = 0, first; ; i++) {
    try {
      await client.set(`after${i}`, 'value');
      first ??= seconds();
      if (--left === 0) return { seconds: first, errors };
    } catch (error) {
      errors.push(`${error.message}`.slice(0, 80));
      if (seconds() > 30) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const client = await connect();
await work(client);
console.log('ready');
for await (const line of readline.createInterface({ input: process.stdin })) {
  if (line === 'killed') {
    console.log(JSON.stringify(await outlive(client)));
    client.close();
    process.exit(0);
  }
}
