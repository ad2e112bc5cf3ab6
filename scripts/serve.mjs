// A static file server as plain as they come: no compression, no isolation headers, optional sub-path. The browser tests use it
// to show that any static host will do. Usage: node scripts/serve.mjs DIR [--port N] [--base /sub/path/] [--compress]
// --compress: text is sent compressed, as most hosts do.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { createGzip } from 'node:zlib';

const args = process.argv.slice(2);
const option = (name, fallback) => (args.includes(name) ? args[args.indexOf(name) + 1] : fallback);
const root = args[0] ?? 'build';
const port = Number(option('--port', '4173'));
const base = option('--base', '/');
const compress = args.includes('--compress');

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.ttf': 'font/ttf',
  '.gz': 'application/gzip',
};

createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
  if (!path.startsWith(base)) return response.writeHead(404).end('not found');
  let file = join(root, normalize('/' + path.slice(base.length)));
  let info = statSync(file, { throwIfNoEntry: false });
  if (info?.isDirectory()) {
    file = join(file, 'index.html');
    info = statSync(file, { throwIfNoEntry: false });
  }
  if (!info) return response.writeHead(404).end('not found');
  const type = types[extname(file)] ?? 'application/octet-stream';
  if (compress && /^text|json|svg/.test(type)) {
    response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' });
    return createReadStream(file).pipe(createGzip()).pipe(response);
  }
  response.writeHead(200, { 'content-type': type, 'content-length': info.size });
  createReadStream(file).pipe(response);
}).listen(port, () => console.log(`Serving ${root} at http://localhost:${port}${base}`));
