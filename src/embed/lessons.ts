/** The part of the embedded player that has the lessons. */
import lessons from 'virtual:lessons';

globalThis.ukuleleLessons = lessons;
