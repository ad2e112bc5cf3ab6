import { cpio, FileType } from './cpio.ts';

/** The script that the shell is asked to run: what a shell script does, with results that anybody can check. */
const checkScript = `#!/bin/sh
# Arithmetic, pipes, functions, files and processes.
sum=0
for i in $(seq 1 100); do sum=$((sum + i)); done
echo "sum $sum"
fib() { if [ $1 -lt 2 ]; then echo $1; else echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); fi; }
echo "fib $(fib 7)"
printf 'pear\\napple\\nfig\\n' | sort | tr '\\n' ' '; echo
seq 1 1000 | md5sum
seq 1 1000 | sha256sum
awk 'BEGIN { printf "awk %.6f %.3e\\n", 22 / 7, 1 / 3e10 }'
mkdir -p /tmp/a/b && echo text > /tmp/a/b/c && find /tmp/a && gzip -c /tmp/a/b/c | gunzip
( exit 7 ); echo "status $?"
sleep 1 & wait $!; echo "slept"
`;

const init = `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /tmp /dev /sbin /usr/bin /usr/sbin
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s
export PS1='uk# ' HOME=/ ENV=
cd /
echo "init: up"
exec setsid cttyhack sh
`;

/**
 * An initial RAM file system with busybox, a shell on the console whose prompt is `uk# `, and `/check`, a script to run in it.
 */
export function initramfs(busybox: Uint8Array): Uint8Array {
  const text = (contents: string) => new TextEncoder().encode(contents);
  return cpio([
    { name: 'bin', mode: FileType.folder | 0o755 },
    { name: 'dev', mode: FileType.folder | 0o755 },
    { name: 'dev/console', mode: FileType.character | 0o600, device: { major: 5, minor: 1 } },
    { name: 'dev/null', mode: FileType.character | 0o666, device: { major: 1, minor: 3 } },
    { name: 'bin/busybox', mode: FileType.file | 0o755, data: busybox },
    { name: 'init', mode: FileType.file | 0o755, data: text(init) },
    { name: 'check', mode: FileType.file | 0o755, data: text(checkScript) },
  ]);
}
