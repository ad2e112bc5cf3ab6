/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Linked lists whose links live inside the elements, after the queue macros of
 * the BSDs. No memory is allocated and every operation but a walk is O(1).
 *
 *	UK_SLIST   one link, newest first: a stack
 *	UK_TAILQ   two links and a tail: a queue that elements can leave anywhere
 */
#ifndef __UK_LIST_H__
#define __UK_LIST_H__

#define UK_SLIST_HEAD(name, type)	struct name { type *slh_first; }
#define UK_SLIST_HEAD_INITIALIZER(head)	{ 0 }
#define UK_SLIST_ENTRY(type)		struct { type *sle_next; }

#define UK_SLIST_INIT(head)		((head)->slh_first = 0)
#define UK_SLIST_EMPTY(head)		((head)->slh_first == 0)
#define UK_SLIST_FIRST(head)		((head)->slh_first)
#define UK_SLIST_NEXT(elm, field)	((elm)->field.sle_next)
#define UK_SLIST_INSERT_HEAD(head, elm, field) do {		\
	(elm)->field.sle_next = (head)->slh_first;		\
	(head)->slh_first = (elm);				\
} while (0)
#define UK_SLIST_REMOVE_HEAD(head, field) \
	((head)->slh_first = (head)->slh_first->field.sle_next)
#define UK_SLIST_FOREACH(var, head, field) \
	for ((var) = (head)->slh_first; (var); (var) = (var)->field.sle_next)

/* tqe_prev points at the pointer that points here, so that an element can leave
 * without knowing whether it is the first. */
#define UK_TAILQ_HEAD(name, type)	struct name { type *tqh_first; type **tqh_last; }
#define UK_TAILQ_HEAD_INITIALIZER(head)	{ 0, &(head).tqh_first }
#define UK_TAILQ_ENTRY(type)		struct { type *tqe_next; type **tqe_prev; }

#define UK_TAILQ_INIT(head) do {				\
	(head)->tqh_first = 0;					\
	(head)->tqh_last = &(head)->tqh_first;			\
} while (0)
#define UK_TAILQ_EMPTY(head)		((head)->tqh_first == 0)
#define UK_TAILQ_FIRST(head)		((head)->tqh_first)
#define UK_TAILQ_NEXT(elm, field)	((elm)->field.tqe_next)
#define UK_TAILQ_INSERT_TAIL(head, elm, field) do {		\
	(elm)->field.tqe_next = 0;				\
	(elm)->field.tqe_prev = (head)->tqh_last;		\
	*(head)->tqh_last = (elm);				\
	(head)->tqh_last = &(elm)->field.tqe_next;		\
} while (0)
#define UK_TAILQ_INSERT_BEFORE(listelm, elm, field) do {	\
	(elm)->field.tqe_prev = (listelm)->field.tqe_prev;	\
	(elm)->field.tqe_next = (listelm);			\
	*(listelm)->field.tqe_prev = (elm);			\
	(listelm)->field.tqe_prev = &(elm)->field.tqe_next;	\
} while (0)
#define UK_TAILQ_REMOVE(head, elm, field) do {			\
	if ((elm)->field.tqe_next)				\
		(elm)->field.tqe_next->field.tqe_prev = (elm)->field.tqe_prev; \
	else							\
		(head)->tqh_last = (elm)->field.tqe_prev;	\
	*(elm)->field.tqe_prev = (elm)->field.tqe_next;		\
} while (0)
#define UK_TAILQ_FOREACH(var, head, field) \
	for ((var) = (head)->tqh_first; (var); (var) = (var)->field.tqe_next)
/** Walk during which `var` may leave the list. */
#define UK_TAILQ_FOREACH_SAFE(var, head, field, next) \
	for ((var) = (head)->tqh_first; \
	     (var) && ((next) = (var)->field.tqe_next, 1); (var) = (next))

#endif /* __UK_LIST_H__ */
