// SPDX-License-Identifier: MIT
/*
 * base/error: messages grow, the first remedy stays, errors cross a pipe.
 */
#include "tap.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"

static void set_without_place(void)
{
	expect_int(gnv_error_set(NULL, ENOENT, "x"), -ENOENT);
	expect_int(gnv_error_errno(NULL, ENOENT, "x"), -ENOENT);
	expect_int(gnv_error_wrap(NULL, -EIO, "x"), -EIO);
	expect_int(gnv_error_remedy(NULL, -EIO, "x"), -EIO);
}

static void grow(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;

	expect_int(gnv_error_errno(&err, ENOENT, "open `%s`", "f"), -ENOENT);
	expect_int(gnv_error_wrap(&err, -ENOENT, "start `%s`", "c"), -ENOENT);
	expect_str(gnv_error_message(err), "start `c`: open `f`: No such file or directory");
	expect_int(gnv_error_number(err), ENOENT);
	expect(!gnv_error_get_remedy(err));
}

static void first_remedy_stays(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;

	gnv_error_set(&err, EINVAL, "bad");
	gnv_error_remedy(&err, 0, "do %d", 1);
	gnv_error_remedy(&err, 0, "do %d", 2);
	expect_str(gnv_error_get_remedy(err), "do 1");
}

static void zero_is_an_error(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;

	expect_int(gnv_error_set(&err, 0, "x"), -EIO);
	expect_int(gnv_error_number(err), EIO);
}

static void set_again_replaces(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;

	gnv_error_set(&err, EINVAL, "one");
	gnv_error_set(&err, ENOENT, "two");
	expect_str(gnv_error_message(err), "two");
}

static void move(void)
{
	_cleanup_error_ struct gnv_error *err = NULL, *from = NULL;

	gnv_error_set(&from, EBUSY, "busy");
	expect_int(gnv_error_move(&err, &from), -EBUSY);
	expect(!from);
	expect_str(gnv_error_message(err), "busy");
	gnv_error_set(&from, EBUSY, "busy");
	expect_int(gnv_error_move(NULL, &from), -EBUSY);
	expect(!from);
}

static void pipe_carries(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	int fds[2];

	expect_int(pipe(fds), 0);
	gnv_error_send(fds[1], EACCES, "execute `p`");
	close(fds[1]);
	expect_int(gnv_error_receive(fds[0], &err), -EACCES);
	expect_str(gnv_error_message(err), "execute `p`: Permission denied");
	close(fds[0]);
}

static void pipe_ends(void)
{
	struct gnv_error *err = NULL;
	int fds[2];

	expect_int(pipe(fds), 0);
	close(fds[1]);
	expect_int(gnv_error_receive(fds[0], &err), 0);
	expect(!err);
	close(fds[0]);
}

static void pipe_cut_short(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	int fds[2];

	expect_int(pipe(fds), 0);
	expect_int(write(fds[1], "abc", 3), 3);
	close(fds[1]);
	expect_int(gnv_error_receive(fds[0], &err), -EPROTO);
	close(fds[0]);
}

static void pipe_long_text_is_cut(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	char text[2000];
	int fds[2];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	expect_int(pipe(fds), 0);
	gnv_error_send(fds[1], EIO, text);
	close(fds[1]);
	expect_int(gnv_error_receive(fds[0], &err), -EIO);
	expect(strlen(gnv_error_message(err)) < 400);
	close(fds[0]);
}

int main(void)
{
	test("error:set_without_place", set_without_place);
	test("error:grow", grow);
	test("error:first_remedy_stays", first_remedy_stays);
	test("error:zero_is_an_error", zero_is_an_error);
	test("error:set_again_replaces", set_again_replaces);
	test("error:move", move);
	test("error:pipe_carries", pipe_carries);
	test("error:pipe_ends", pipe_ends);
	test("error:pipe_cut_short", pipe_cut_short);
	test("error:pipe_long_text_is_cut", pipe_long_text_is_cut);
	return tap_end();
}
