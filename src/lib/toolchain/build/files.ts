/**
 * Files as the toolchain sees them: bytes by absolute path in one virtual tree, the world, that is the same on every host, so that
 * nothing of the host reaches an image. `/app` holds the person's application, `/uk` the library pool, `/build` what a build generates.
 */
export type VirtualFiles = ReadonlyMap<string, Uint8Array>;

export const appRoot = '/app';
export const poolRoot = '/uk';
export const buildRoot = '/build';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Files from text or bytes by path; relative paths stay relative. */
export function virtualFiles(entries: Readonly<Record<string, string | Uint8Array>>): VirtualFiles {
  return new Map(Object.entries(entries).map(([path, content]) => [path, typeof content === 'string' ? bytesOf(content) : content]));
}

/**
 * The files of an application and of the pool, both by path relative to their folder, as one world.
 * The pool's example applications are left out: they are projects, not libraries.
 */
export function worldOf(app: VirtualFiles, pool: VirtualFiles): Map<string, Uint8Array> {
  const world = new Map<string, Uint8Array>();
  for (const [path, bytes] of pool) if (!path.startsWith('apps/')) world.set(`${poolRoot}/${normalizePath(path)}`, bytes);
  for (const [path, bytes] of app) world.set(`${appRoot}/${normalizePath(path)}`, bytes);
  return world;
}

/** Which tree a world path lies in, and the path relative to that tree's root, for showing problems to a person. */
export function splitWorldPath(path: string): { tree: 'app' | 'pool' | 'build' | 'other'; path: string } {
  for (const [tree, root] of [
    ['app', appRoot],
    ['pool', poolRoot],
    ['build', buildRoot],
  ] as const) {
    if (path.startsWith(`${root}/`)) return { tree, path: path.slice(root.length + 1) };
  }
  return { tree: 'other', path };
}

/** Resolves `.`, `..` and doubled slashes; keeps a path relative or absolute. `..` above the root of an absolute path stays at the root. */
export function normalizePath(path: string): string {
  const absolute = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && (absolute || (parts.length > 0 && parts[parts.length - 1] !== '..'))) parts.pop();
    else parts.push(part);
  }
  return (absolute ? '/' : '') + parts.join('/');
}

/** `path` seen from folder `base`, normalized. */
export function joinPath(base: string, path: string): string {
  return normalizePath(path.startsWith('/') ? path : `${base}/${path}`);
}

/** The folder of a path, without a trailing slash; `.` for a bare name. */
export function dirname(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
}

/**
 * Paths that match a shell pattern (`*`, `?`, `[...]`, none of which crosses a slash), sorted by code unit as `LC_ALL=C` does.
 * Folders match too, as they do for a shell. A name that starts with a dot is matched only by a pattern that does.
 */
export function globFiles(paths: Iterable<string>, pattern: string): string[] {
  const wanted = pattern.endsWith('/') ? pattern.slice(0, -1) : pattern;
  const matchers = wanted.split('/').map(segmentMatcher);
  const found = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    if (parts.length < matchers.length || (pattern.endsWith('/') && parts.length === matchers.length)) continue;
    if (matchers.every((matcher, i) => matcher.test(parts[i] ?? '')))
      found.add(parts.slice(0, matchers.length).join('/') + (pattern.endsWith('/') ? '/' : ''));
  }
  return [...found].sort();
}

function segmentMatcher(segment: string): RegExp {
  const body = segment.replace(/\[!|\[|\]|\*|\?|[\\^$.|+(){}]/g, (c) =>
    c === '*' ? '[^/]*' : c === '?' ? '[^/]' : c === '[!' ? '[^' : c === '[' || c === ']' ? c : `\\${c}`,
  );
  const closed = segment.includes('[') && !/\[.+\]/.test(segment) ? segment.replace(/[\\^$.|+(){}*?[\]]/g, '\\$&') : body;
  return new RegExp(`^${/^[*?[]/.test(segment) ? '(?!\\.)' : ''}${closed}$`, 's');
}
