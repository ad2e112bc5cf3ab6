import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's arm64 kernel and static busybox, as files on this disk. */
export type DebianArm64 = { kernel: string; busybox: string; kernelVersion: string };

const cache = new URL('../../../.cache/debian-arm64/', import.meta.url).pathname;
const kernelPackage = 'linux-image-arm64';

/**
 * Fetches them with apt from the mirrors that this computer's own apt uses, but with lists and caches under `.cache/`: neither root nor a
 * foreign architecture in dpkg is needed. Kept, so that the next call finds them. A string says why they cannot be had;
 * where oracles are required (`ORACLES=required`) that is an error.
 */
export function debianArm64(): DebianArm64 | string {
  const result = found() ?? fetch();
  if (typeof result === 'string' && process.env.ORACLES === 'required') throw new Error(`Debian's arm64 kernel: ${result}`);
  return result;
}

function found(): DebianArm64 | undefined {
  const boot = join(cache, 'root/boot');
  if (!existsSync(boot)) return undefined;
  const image = readdirSync(boot).find((name) => name.startsWith('vmlinuz-'));
  const busybox = join(cache, 'root/bin/busybox');
  return image && existsSync(busybox) ? { kernel: join(boot, image), busybox, kernelVersion: image.slice('vmlinuz-'.length) } : undefined;
}

function fetch(): DebianArm64 | string {
  if (!existsSync('/etc/apt')) return 'this is not a Debian system';
  const work = join(cache, 'work');
  rmSync(work, { recursive: true, force: true });
  for (const folder of ['lists/partial', 'cache/archives/partial', 'root']) mkdirSync(join(work, folder), { recursive: true });
  writeFileSync(join(work, 'status'), '');
  writeFileSync(join(work, 'apt.conf'), aptConfiguration(work));
  const run = (command: string, ...args: string[]) => {
    const environment = { ...process.env, APT_CONFIG: join(work, 'apt.conf') };
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: work, env: environment, encoding: 'utf8', timeout: 300_000 });
    return { ok: status === 0, stdout: stdout ?? '', why: `${command} ${args[0]} failed: ${error?.message ?? stderr.trim()}` };
  };
  const update = run('apt-get', '-q', 'update');
  if (!update.ok) return update.why;
  const depends = run('apt-cache', 'depends', kernelPackage);
  // The package of no content that names the newest kernel.
  const newest = /Depends: (linux-image-\S+)/.exec(depends.stdout)?.[1];
  if (newest === undefined) return depends.ok ? `${kernelPackage} names no kernel` : depends.why;
  const download = run('apt-get', '-q', 'download', newest, 'busybox-static');
  if (!download.ok) return download.why;
  for (const name of readdirSync(work).filter((file) => file.endsWith('.deb'))) {
    const unpack = run('dpkg-deb', '-x', name, 'root');
    if (!unpack.ok) return unpack.why;
  }
  rmSync(join(work, 'root/lib'), { recursive: true, force: true });
  // In one step, so that nobody finds half of it.
  rmSync(join(cache, 'root'), { recursive: true, force: true });
  renameSync(join(work, 'root'), join(cache, 'root'));
  rmSync(work, { recursive: true, force: true });
  return found() ?? 'the packages do not hold what they used to';
}

function aptConfiguration(work: string): string {
  return `APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "";
APT::Update::Post-Invoke-Success "";
Acquire::Languages "none";
Dir::State "${work}";
Dir::State::lists "lists/";
Dir::State::status "${join(work, 'status')}";
Dir::Cache "${join(work, 'cache')}";
`;
}
