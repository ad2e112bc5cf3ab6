import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize } from 'node:path';
import * as v from 'valibot';

const site = 'build';
const folder = '/deep/er/';
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json' };
const manifestSchema = v.looseObject({ version: v.string(), files: v.array(v.looseObject({ path: v.string(), sha256: v.string() })) });

/** The built site on a host that can be unplugged, and that can put a later version in its place: the same files, but their titles say so. */
export class ChangingSite {
  isLater = false;
  #server: Server | undefined;
  readonly #port: number;
  readonly #version: string;

  constructor(port: number) {
    this.#port = port;
    this.#version = this.#manifest().version;
  }

  get url(): string {
    return `http://localhost:${this.#port}${folder}`;
  }

  plug(): Promise<void> {
    const server = createServer(({ url = '' }, response) => {
      const path = new URL(url, this.url).pathname;
      const bytes = path.startsWith(folder) ? this.#read(normalize(path.slice(folder.length))) : undefined;
      if (bytes) response.writeHead(200, { 'content-type': types[extname(path) || '.html'] ?? 'application/octet-stream' }).end(bytes);
      else response.writeHead(404).end();
    });
    this.#server = server;
    return new Promise((resolve) => server.listen(this.#port, resolve));
  }

  unplug(): Promise<void> {
    this.#server?.closeAllConnections();
    return new Promise((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
  }

  #read(path: string): Buffer | undefined {
    const file = join(site, path);
    const whole = existsSync(file) && statSync(file).isDirectory() ? join(file, 'index.html') : file;
    if (!existsSync(whole)) return undefined;
    if (this.isLater && path === 'asset-manifest.json') return Buffer.from(JSON.stringify(this.#laterManifest()));
    const bytes = readFileSync(whole);
    return this.isLater && extname(whole) in types ? later(bytes, this.#version) : bytes;
  }

  #manifest(): v.InferOutput<typeof manifestSchema> {
    return v.parse(manifestSchema, JSON.parse(readFileSync(join(site, 'asset-manifest.json'), 'utf8')));
  }

  #laterManifest(): unknown {
    const { version, files } = this.#manifest();
    const hashed = files.map((file) => {
      const bytes = this.#read(file.path) ?? Buffer.alloc(0);
      return { ...file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    });
    return { version: laterVersion(version), files: hashed };
  }
}

const laterVersion = (version: string): string => version.split('').reverse().join('');

function later(bytes: Buffer, version: string): Buffer {
  const text = bytes.toString('utf8').replaceAll(version, laterVersion(version));
  return Buffer.from(text.replaceAll('Ukulele: arm64 unikernels', 'Ukulele again: arm64 unikernels'));
}
