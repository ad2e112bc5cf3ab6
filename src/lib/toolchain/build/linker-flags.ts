/** Driver flags that say how gcc or clang calls the linker, and nothing to lld itself. */
const driverOnly =
  /^(-nostdlib|-nostdinc|-nostartfiles|-nodefaultlibs|-no-pie|-static|-fuse-ld=.*|-m.*=.*|-f.*|-O.|-g\d?|--target=.*|-lgcc)$/;

/** Linker flags as a makefile has them for the compiler driver (`-Wl,--entry=x`, `-Xlinker x`), as lld's own arguments. */
export function linkerArguments(flags: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i] ?? '';
    if (flag.startsWith('-Wl,')) out.push(...flag.slice(4).split(','));
    else if (flag === '-Xlinker') out.push(flags[++i] ?? '');
    else if (flag === '-u' || flag === '-z' || flag === '-e') out.push(flag, flags[++i] ?? '');
    else if (!driverOnly.test(flag)) out.push(flag);
  }
  return withoutTarget(out);
}

/** The target is always the same and said elsewhere. */
function withoutTarget(args: readonly string[]): string[] {
  return args.filter((arg, i) => arg !== '-m' && args[i - 1] !== '-m' && !/^-maarch64\w+$/.test(arg));
}
