// Docker's HEALTHCHECK: exit code 0 while the process serves. Plain JavaScript on node:http alone: it starts every
// 30 seconds and shares a quarter of a CPU with the service.
import { get } from 'node:http';

const TIMEOUT_MS = 4000;
const { HOST, PORT } = process.env;
// The wildcard addresses, IPv6's included, are reached on loopback as well.
const hostname = !HOST || HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;

const request = get({ hostname, port: PORT || 8000, path: '/healthz', timeout: TIMEOUT_MS }, (response) => {
  response.resume();
  if (response.statusCode !== 200) fail(`status ${response.statusCode}`);
});
request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
request.on('error', (error) => fail(error.message));

function fail(reason) {
  console.error(`unhealthy: ${reason}`);
  process.exitCode = 1;
}
