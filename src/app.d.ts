/// <reference types="@sveltejs/kit" />

declare module 'virtual:sysroot' {
  /** Every file of static/sysroot, by path below it. */
  const files: Record<string, string>;
  export default files;
}

declare module 'virtual:toolchain-sources' {
  /** Hash of the toolchain's sources: part of every key of a compiled object. */
  const hash: string;
  export default hash;
}

declare module 'virtual:prebuilt' {
  /** What scripts/prepare-prebuilt.ts made, in prebuilt/ below the site's root. */
  const manifest: import('$lib/session/prebuilt.ts').PrebuiltManifest;
  export default manifest;
}

declare module 'virtual:lessons' {
  /** The lessons in the order of the course, their texts as HTML; made by scripts/render-lesson.ts. */
  const lessons: Lesson[];
  export default lessons;
  export type Lesson = ReturnType<typeof import('../scripts/render-lesson.ts').renderLesson>;
  export type LessonView = import('$lib/lessons/index.ts').LessonView;
}

declare module 'virtual:docs' {
  /** The documentation's pages as HTML, in the order of their list; made by scripts/render-docs.ts. */
  const pages: DocPage[];
  export default pages;
  export type DocPage = import('../scripts/render-docs.ts').DocPage;
}

declare module 'virtual:clang-manifest' {
  /** What scripts/prepare-clang.ts made, in clang/ below the site's root. */
  const manifest: import('$lib/toolchain/clang/assets.ts').ClangManifest;
  export default manifest;
}

declare module 'virtual:examples' {
  /** The pool's example applications only, by path below static/sysroot. */
  const files: Record<string, string>;
  export default files;
}

declare module 'virtual:embed-pieces' {
  /** Names of the embedded player's scripts, in embed/ below the site's root. */
  const names: Record<'machine' | 'toolchain' | 'pool' | 'lessons' | 'lessonChecker', string>;
  export default names;
}
