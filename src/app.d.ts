/// <reference types="@sveltejs/kit" />

declare module 'virtual:sysroot' {
  /** Every file of static/sysroot, by path below it. */
  const files: Record<string, string>;
  export default files;
}
