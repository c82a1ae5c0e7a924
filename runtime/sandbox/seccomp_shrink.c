// SPDX-License-Identifier: MIT
/*
 * Filters with fewer instructions.  libseccomp's have a leaf for each call that a profile
 * names, some nine hundred instructions, which the kernel translates for each container.  But
 * most calls have the same answer as their neighbours, so ranges of numbers do.
 *
 * A program reads the architecture, the number of the call and its arguments.  As long as
 * architecture and number are only compared with constants, what it does is the same for all
 * numbers between two of these: so it is run once for each such range ("piece").  It ends
 * with an answer, or where it begins to read arguments; from there the old instructions are
 * kept.  A program that does anything else stays as it is.
 */
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sandbox/seccomp.h"

#define ARCHES_MAX 16

/* How far a conditional jump goes, less room for jumps that are put in. */
#define REACH	   250

#define LOAD	   (BPF_LD | BPF_W | BPF_ABS)
#define NUMBER_AT  offsetof(struct seccomp_data, nr)
#define ARCH_AT	   offsetof(struct seccomp_data, arch)

enum { HOLDS_ARCH = 1,
       HOLDS_NUMBER = 2,
       HOLDS_OTHER = 4 }; /* what the accumulator may hold */

struct answer {
	uint32_t action;
	int tail; /* where arguments are read, or -1 */
};

/* Numbers from @from to the next piece. */
struct piece {
	uint32_t from;
	struct answer answer;
};

struct numbers {
	uint32_t *items;
	size_t n;
};

/* Written from the end to the start; a label is how many were there with its own one. */
struct writer {
	struct sock_filter *code; /* backwards */
	size_t n, room;
	size_t *tails; /* labels of old instructions */
};

static bool is_jump(const struct sock_filter *insn)
{
	switch (insn->code) {
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
		return true;
	default:
		return false;
	}
}

/* --- reading ------------------------------------------------------------------------ */

/* Return: false where it does what is not understood here. */
static bool run(const struct sock_fprog *program, uint32_t arch, uint32_t number,
		struct answer *ret)
{
	const struct sock_filter *insn;
	uint32_t a = 0;
	size_t pc;

	*ret = (struct answer){ .tail = -1 };
	for (pc = 0; pc < program->len; pc++) {
		insn = &program->filter[pc];
		switch (insn->code) {
		case LOAD:
			if (insn->k != NUMBER_AT && insn->k != ARCH_AT) {
				ret->tail = (int)pc;
				return true;
			}
			a = insn->k == ARCH_AT ? arch : number;
			break;
		case BPF_JMP | BPF_JA:
			pc += insn->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == insn->k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > insn->k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= insn->k ? insn->jt : insn->jf;
			break;
		case BPF_RET | BPF_K:
			ret->action = insn->k;
			return true;
		default:
			return false;
		}
	}
	return false;
}

static void spread(unsigned char *holds, size_t length, size_t to, unsigned char what)
{
	if (to < length)
		holds[to] |= what;
}

/*
 * What is compared with which constants.  All jumps lead forward, so one walk does.
 * Return: false where the accumulator is used in another way before arguments are read.
 */
static bool find_constants(const struct sock_fprog *program, struct numbers *arches,
			   struct numbers *numbers)
{
	_cleanup_free_ unsigned char *holds = calloc(program->len + 1U, 1);
	const struct sock_filter *insn;
	size_t pc;

	if (!holds)
		return false;
	holds[0] = HOLDS_OTHER;
	for (pc = 0; pc < program->len; pc++) {
		unsigned char held = holds[pc];

		insn = &program->filter[pc];
		if (insn->code == LOAD) {
			held = insn->k == ARCH_AT   ? HOLDS_ARCH :
			       insn->k == NUMBER_AT ? HOLDS_NUMBER :
						      HOLDS_OTHER;
			spread(holds, program->len, pc + 1, held);
		} else if (insn->code == (BPF_JMP | BPF_JA)) {
			spread(holds, program->len, pc + 1 + insn->k, held);
		} else if (is_jump(insn) || (insn->code == (BPF_JMP | BPF_JSET | BPF_K) &&
					     held == HOLDS_OTHER)) {
			if (held & HOLDS_ARCH)
				arches->items[arches->n++] = insn->k;
			if (held & HOLDS_NUMBER)
				numbers->items[numbers->n++] = insn->k;
			spread(holds, program->len, pc + 1 + insn->jt, held);
			spread(holds, program->len, pc + 1 + insn->jf, held);
		} else if (insn->code == (BPF_ALU | BPF_AND | BPF_K) && held == HOLDS_OTHER) {
			spread(holds, program->len, pc + 1, held);
		} else if (insn->code != (BPF_RET | BPF_K) && held) {
			return false;
		}
	}
	return true;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void sort(struct numbers *numbers)
{
	size_t i, n = 0;

	qsort(numbers->items, numbers->n, sizeof(*numbers->items), compare);
	for (i = 0; i < numbers->n; i++)
		if (!n || numbers->items[n - 1] != numbers->items[i])
			numbers->items[n++] = numbers->items[i];
	numbers->n = n;
}

/* In place of constants, where ranges begin that they divide. */
static void divide(struct numbers *constants)
{
	size_t i, n = constants->n;

	for (i = 0; i < n; i++)
		if (constants->items[i] != UINT32_MAX)
			constants->items[constants->n++] = constants->items[i] + 1;
	constants->items[constants->n++] = 0;
	sort(constants);
}

static bool is_same(const struct answer *a, const struct answer *b)
{
	return a->tail == b->tail && (a->tail >= 0 || a->action == b->action);
}

/* @pieces has room for as many as there are ranges.  Return: their number, or 0. */
static size_t find_pieces(const struct sock_fprog *program, uint32_t arch,
			  const struct numbers *ranges, struct piece *pieces)
{
	struct answer answer;
	size_t i, n = 0;

	for (i = 0; i < ranges->n; i++) {
		if (!run(program, arch, ranges->items[i], &answer))
			return 0;
		if (!n || !is_same(&pieces[n - 1].answer, &answer))
			pieces[n++] = (struct piece){ ranges->items[i], answer };
	}
	return n;
}

/* --- writing ------------------------------------------------------------------------ */

/* Return: its label.  Where there is no more room, the program is not worth it. */
static size_t emit(struct writer *w, uint16_t code, size_t jt, size_t jf, uint32_t k)
{
	if (w->n < w->room)
		w->code[w->n] = (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf, k };
	return ++w->n;
}

/* A label for the same place that the next two instructions can jump to. */
static size_t bring_near(struct writer *w, size_t label)
{
	if (w->n - label <= REACH)
		return label;
	return emit(w, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(w->n - label));
}

static size_t emit_choice(struct writer *w, uint16_t code, uint32_t k, size_t yes, size_t no)
{
	yes = bring_near(w, yes);
	no = bring_near(w, no);
	return emit(w, code, w->n - yes, w->n - no, k);
}

static size_t emit_answer(struct writer *w, const struct answer *answer)
{
	size_t i;

	if (answer->tail >= 0)
		return w->tails[answer->tail];
	for (i = w->n; i > 0 && i <= w->room && w->n - i < REACH / 2; i--)
		if (w->code[i - 1].code == (BPF_RET | BPF_K) && w->code[i - 1].k == answer->action)
			return i;
	return emit(w, BPF_RET | BPF_K, 0, 0, answer->action);
}

static size_t emit_tree(struct writer *w, const struct piece *pieces, size_t n)
{
	size_t half = n / 2, above, below;

	if (n == 1)
		return emit_answer(w, &pieces[0].answer);
	above = emit_tree(w, pieces + half, n - half);
	below = emit_tree(w, pieces, half);
	return emit_choice(w, BPF_JMP | BPF_JGE | BPF_K, pieces[half].from, above, below);
}

static void mark_next(const struct sock_fprog *program, size_t pc, bool *marks)
{
	const struct sock_filter *insn = &program->filter[pc];

	if (BPF_CLASS(insn->code) == BPF_RET)
		return;
	if (insn->code == (BPF_JMP | BPF_JA)) {
		marks[pc + 1 + insn->k] = true;
	} else if (BPF_CLASS(insn->code) == BPF_JMP) {
		marks[pc + 1 + insn->jt] = true;
		marks[pc + 1 + insn->jf] = true;
	} else {
		marks[pc + 1] = true;
	}
}

/* All that may come after the marked ones.  The kernel has checked none of it yet. */
static bool mark_all(const struct sock_fprog *program, bool *marks)
{
	const struct sock_filter *insn;
	size_t pc;

	for (pc = 0; pc < program->len; pc++) {
		insn = &program->filter[pc];
		if (!marks[pc])
			continue;
		if (BPF_CLASS(insn->code) != BPF_RET && pc + 1 >= program->len)
			return false;
		if (insn->code == (BPF_JMP | BPF_JA) && insn->k >= program->len - pc - 1)
			return false;
		if (BPF_CLASS(insn->code) == BPF_JMP && insn->code != (BPF_JMP | BPF_JA) &&
		    (pc + 1 + insn->jt >= program->len || pc + 1 + insn->jf >= program->len))
			return false;
		mark_next(program, pc, marks);
	}
	return true;
}

/* Others between them are left out, so that no jump becomes longer. */
static void emit_tails(struct writer *w, const struct sock_fprog *program, const bool *marks)
{
	size_t pc, jt, jf;

	for (pc = program->len; pc-- > 0;) {
		struct sock_filter insn = program->filter[pc];

		if (!marks[pc])
			continue;
		jt = jf = 0;
		if (insn.code == (BPF_JMP | BPF_JA)) {
			insn.k = (uint32_t)(w->n - w->tails[pc + 1 + insn.k]);
		} else if (BPF_CLASS(insn.code) == BPF_JMP) {
			jt = w->n - w->tails[pc + 1 + insn.jt];
			jf = w->n - w->tails[pc + 1 + insn.jf];
		}
		w->tails[pc] = emit(w, insn.code, jt, jf, insn.k);
	}
}

/* --- all of it ---------------------------------------------------------------------- */

struct shrinker {
	const struct sock_fprog *program;
	struct numbers arches, numbers; /* constants, and then ranges of numbers */
	struct piece *pieces; /* of one architecture after the other */
	size_t n_pieces[ARCHES_MAX];
	struct answer other; /* of architectures that are not named */
	bool *marks;
	struct writer writer;
};

static void shrinker_fini(struct shrinker *s)
{
	free(s->arches.items);
	free(s->numbers.items);
	free(s->pieces);
	free(s->marks);
	free(s->writer.code);
	free(s->writer.tails);
}

static bool allocate(struct shrinker *s)
{
	size_t length = s->program->len;

	s->arches.items = calloc(2 * length + 1, sizeof(*s->arches.items));
	s->numbers.items = calloc(2 * length + 1, sizeof(*s->numbers.items));
	s->pieces = calloc(ARCHES_MAX * (2 * length + 1), sizeof(*s->pieces));
	s->marks = calloc(length + 1, sizeof(*s->marks));
	s->writer = (struct writer){
		.code = calloc(length, sizeof(*s->writer.code)),
		.room = length,
		.tails = calloc(length + 1, sizeof(*s->writer.tails)),
	};
	return s->arches.items && s->numbers.items && s->pieces && s->marks && s->writer.code &&
	       s->writer.tails;
}

/* They have one answer together, whatever the number. */
static bool ask_others(struct shrinker *s)
{
	struct piece *pieces = s->pieces + (ARCHES_MAX - 1) * (s->numbers.n);
	struct answer first = { .tail = -1 };
	size_t i, k, n = 0;

	for (i = 0; i <= s->arches.n; i++) {
		uint32_t arch = i ? s->arches.items[i - 1] + 1 : 0;

		for (k = 0; k < s->arches.n && s->arches.items[k] != arch; k++)
			;
		if (k < s->arches.n)
			continue;
		if (find_pieces(s->program, arch, &s->numbers, pieces) != 1 ||
		    pieces[0].answer.tail >= 0)
			return false;
		if (n++ && !is_same(&first, &pieces[0].answer))
			return false;
		first = pieces[0].answer;
	}
	s->other = first;
	return n;
}

static bool read_all(struct shrinker *s)
{
	size_t i, k;

	if (!find_constants(s->program, &s->arches, &s->numbers))
		return false;
	sort(&s->arches);
	divide(&s->numbers);
	/* One place is for ask_others(). */
	if (!s->arches.n || s->arches.n >= ARCHES_MAX || !ask_others(s))
		return false;
	for (i = 0; i < s->arches.n; i++) {
		struct piece *pieces = s->pieces + i * s->numbers.n;

		s->n_pieces[i] = find_pieces(s->program, s->arches.items[i], &s->numbers, pieces);
		for (k = 0; k < s->n_pieces[i]; k++)
			if (pieces[k].answer.tail >= 0)
				s->marks[pieces[k].answer.tail] = true;
		if (!s->n_pieces[i])
			return false;
	}
	return mark_all(s->program, s->marks);
}

static void write_all(struct shrinker *s)
{
	struct writer *w = &s->writer;
	size_t sections[ARCHES_MAX], i, next;

	emit_tails(w, s->program, s->marks);
	for (i = 0; i < s->arches.n; i++) {
		next = emit_tree(w, s->pieces + i * s->numbers.n, s->n_pieces[i]);
		/* One answer for all may be elsewhere. */
		if (next != w->n)
			emit(w, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(w->n - next));
		sections[i] = emit(w, LOAD, 0, 0, NUMBER_AT);
	}
	next = emit_answer(w, &s->other);
	for (i = 0; i < s->arches.n; i++)
		next = emit_choice(w, BPF_JMP | BPF_JEQ | BPF_K, s->arches.items[i], sections[i],
				   next);
	emit(w, LOAD, 0, 0, ARCH_AT);
}

void gnv_seccomp_shrink(struct sock_fprog *program)
{
	_cleanup_(shrinker_fini) struct shrinker s = { .program = program };
	size_t i;

	if (!program->len || !allocate(&s) || !read_all(&s))
		return;
	write_all(&s);
	if (s.writer.n >= program->len)
		return;
	for (i = 0; i < s.writer.n; i++)
		program->filter[i] = s.writer.code[s.writer.n - 1 - i];
	program->len = (unsigned short)s.writer.n;
}
