/** The door of the lessons' room: what a lesson is, and whether a solution does what it asks for. */
export { type Check } from './check.ts';
export { readLesson, type Lesson, type LessonHint, type LessonStep, type LessonView } from './lesson.ts';
export { optionsAsked, verify, type LessonBuild, type Verdict } from './verify.ts';
