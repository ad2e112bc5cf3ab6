import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const cache = new URL('../../../.cache/debian/', import.meta.url).pathname;

/**
 * Debian's archive, read with apt: packages and source packages come from the mirrors that this computer's own apt uses, with lists and
 * caches under `.cache/`, so that no root is needed and nothing is installed. What was fetched is kept.
 */
export class DebianArchive {
  private updated = false;

  /** The folder with the files of a binary package, or why it cannot be had. */
  package(name: string): { folder: string } | string {
    return this.kept(name, (work) => {
      const download = this.apt(work, 'download', name);
      if (typeof download === 'string') return download;
      const file = readdirSync(work).find((each) => each.endsWith('.deb'));
      return this.command(work, 'dpkg-deb', '-x', file ?? '', 'files');
    });
  }

  /** The folder with the sources of a source package, as upstream made them, or why it cannot be had. */
  source(name: string): { folder: string } | string {
    return this.kept(`src-${name}`, (work) => {
      const download = this.apt(work, 'source', '--download-only', name);
      if (typeof download === 'string') return download;
      const file = readdirSync(work).find((each) => /\.orig\.tar\.\w+$/.test(each));
      mkdirSync(join(work, 'files'));
      return this.command(work, 'tar', 'xf', file ?? '', '-C', 'files', '--strip-components=1');
    });
  }

  private kept(name: string, fetch: (work: string) => string | undefined): { folder: string } | string {
    const folder = join(cache, name);
    if (existsSync(folder)) return { folder };
    if (!existsSync('/etc/apt')) return 'this is not a Debian system';
    const work = join(cache, `${name}.part`);
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    const why = fetch(work);
    if (why !== undefined) return why;
    // In one step, so that nobody finds half of it.
    renameSync(join(work, 'files'), folder);
    rmSync(work, { recursive: true, force: true });
    return { folder };
  }

  private apt(work: string, ...args: string[]): string | undefined {
    const state = join(cache, 'apt');
    for (const each of ['state/lists/partial', 'cache/archives/partial']) mkdirSync(join(state, each), { recursive: true });
    const configuration = join(state, 'apt.conf');
    writeFileSync(join(state, 'status'), '');
    writeFileSync(join(state, 'sources.list'), sourceLines());
    writeFileSync(
      configuration,
      `Dir::State "${state}/state";
Dir::State::status "${state}/status";
Dir::Cache "${state}/cache";
Dir::Etc::sourcelist "${state}/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Sandbox::User "";
APT::Update::Post-Invoke-Success "";
Acquire::Languages "none";
`,
    );
    const environment = { APT_CONFIG: configuration };
    if (!this.updated) {
      const why = this.command(work, 'apt-get', '-q', 'update', environment);
      if (why !== undefined) return why;
      this.updated = true;
    }
    return this.command(work, 'apt-get', '-q', ...args, environment);
  }

  private command(directory: string, command: string, ...rest: (string | Record<string, string>)[]): string | undefined {
    const args = rest.filter((each) => typeof each === 'string');
    const environment = rest.find((each) => typeof each !== 'string');
    const env = { ...process.env, ...environment };
    const { status, stderr, error } = spawnSync(command, args, { cwd: directory, encoding: 'utf8', timeout: 600_000, env });
    return status === 0 ? undefined : `${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`;
  }
}

/** Debian's mirror and release, from this computer's sources in either format of sources.list(5), with sources switched on. */
function sourceLines(): string {
  const folder = '/etc/apt/sources.list.d';
  const names = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const text = ['/etc/apt/sources.list', ...names].map((name) => (existsSync(name) ? readFileSync(name, 'utf8') : '')).join('\n');
  const mirror = /\b(https?:\/\/\S+\/debian)\/?\s/.exec(text)?.[1] ?? 'http://deb.debian.org/debian';
  const release = /VERSION_CODENAME=(\w+)/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
  return `deb ${mirror} ${release} main\ndeb-src ${mirror} ${release} main\n`;
}
