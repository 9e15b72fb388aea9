/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kept in step with the kernel: rings of entries, of which one is the head. */
#pragma once

#include <stddef.h>

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name) struct list_head name = {&(name), &(name)}

/** list_add_tail - put an entry before another; before the head it is the last. */
static inline void list_add_tail(struct list_head *entry, struct list_head *before)
{
	entry->prev = before->prev;
	entry->next = before;
	before->prev->next = entry;
	before->prev = entry;
}

/** list_add - put an entry behind another; behind the head it is the first. */
static inline void list_add(struct list_head *entry, struct list_head *behind)
{
	list_add_tail(entry, behind->next);
}

/** list_del - take an entry out. */
static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
}

#define list_entry(entry, type, member) ((type *)(void *)((char *)(entry) - offsetof(type, member)))
#define list_for_each_entry(at, head, member)                                                                          \
	for ((at) = list_entry((head)->next, __typeof__(*(at)), member); &(at)->member != (head);                      \
	     (at) = list_entry((at)->member.next, __typeof__(*(at)), member))
