/*
 * weeg pspp: what inst/pspp/cstabulate.sps calls. No user's text is ever part of a command: requests come in a file.
 *
 *     install           writes that file, with the place of this program, into the user's folder of PSPP
 *     init FILE         a session starts: FILE, which PSPP reads and erases, says where the files of the session will be
 *     begin, run, end DIR   a command starts, is answered, is over: DIR exists in between only, for this user alone
 */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pspp.h"

static const char macro_text[] =
#include "pspp_macro.h"
    ;

enum { REQUEST, DATA, RESULT, PENDING, FILES };

static const char *const session_files[FILES] = {"request", "data.sav", "result.sps", "pending"};

enum { PRIVATE = 0600, STALE = 10, TRIES = 300, PLAIN = 0644 };

static const char *in(const char *dir, const char *name) { return cli_format("%s/%s", dir, name); }

/* Paths stand in quotes in PSPP's syntax and in a command of the shell. */
static const char *plain_path(const char *path) {
  for (const char *c = path; *c != '\0'; c++) {
    if ((unsigned char)*c < ' ' || strchr("'\"\\`$", *c) != NULL) {
      cli_fail("the path %s has a quote, $, ` or \\ in it; PSPP can only use plain ones", path);
    }
  }
  return path;
}

static const char *program_path(void) {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  return length <= 0 ? "weeg" : plain_path(cli_copy(path, (size_t)length));
}

static void write_file(const char *path, const cli_text *text, int mode) {
  weeg_error err = {0};
  cli_check(weeg_file_write(path, text->bytes, (int64_t)text->used, mode, &err), &err);
}

/* ---- install ---- */

static void make_folder(const char *path) {
  if (mkdir(path, 0755) != 0 && errno != EEXIST) cli_fail("cannot make the folder %s: %s", path, strerror(errno));
}

static void install(const cli_options *options) {
  const char *home = getenv("HOME"), *to = options->output;
  if (to == NULL) {
    if (home == NULL || home[0] != '/') cli_fail("there is no home folder (HOME); give --output FILE");
    make_folder(in(home, ".pspp"));
    to = in(home, ".pspp/cstabulate.sps");
  }
  /* PSPP may be started anywhere */
  const char *slash = strrchr(to, '/');
  char *folder = realpath(slash == NULL ? "." : slash == to ? "/" : cli_copy(to, (size_t)(slash - to)), NULL);
  if (folder == NULL) cli_fail("cannot write %s: %s", to, strerror(errno));
  cli_keep(folder, free);
  const char *session = plain_path(in(folder, ".weeg-session.sps"));
  const char *init = cli_format("exec '%s' pspp init '%s'", program_path(), session);
  cli_text out = {0};
  for (const char *rest = macro_text; *rest != '\0';) {
    const bool is_init = strncmp(rest, "@INIT@", 6) == 0, is_session = strncmp(rest, "@SESSION@", 9) == 0;
    if (is_init || is_session) cli_add(&out, is_init ? init : session);
    else cli_add_bytes(&out, rest, 1);
    rest += is_init ? 6 : is_session ? 9 : 1;
  }
  write_file(to, &out, PLAIN);
  (void)printf("%s is written. In PSPP: INSERT FILE='%s'.\n", to, options->output == NULL ? "cstabulate.sps" : to);
}

/* ---- sessions ---- */

/* Two sessions may start at once: the second waits until PSPP has read and erased the file of the first. */
static int open_session_file(const char *path) {
  const struct timespec pause = {0, 10 * 1000 * 1000};
  for (int i = 0; i < TRIES; i++) {
    struct stat about = {0};
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL, PRIVATE);
    if (file >= 0) return file;
    if (errno != EEXIST) cli_fail("cannot write %s: %s", path, strerror(errno));
    if (stat(path, &about) == 0 && time(NULL) - about.st_mtime > STALE) (void)unlink(path);
    else (void)nanosleep(&pause, NULL);
  }
  cli_fail("another session of PSPP is starting; try again");
}

static void init(const char *path) {
  const char *tmp = getenv("TMPDIR");
  char *dir = cli_format("%s/weeg-XXXXXX", tmp == NULL || tmp[0] != '/' ? "/tmp" : tmp);
  const int file = open_session_file(path);
  /* the name is what is wanted: the folder is made when a command starts */
  if (mkdtemp(dir) == NULL || rmdir(dir) != 0) {
    (void)close(file);
    (void)unlink(path);
    cli_fail("cannot make a folder %s: %s", dir, strerror(errno));
  }
  const char *program = program_path();
  cli_text out = {0};
  (void)plain_path(dir);
  cli_addf(&out, "DEFINE !WEEG_BEGIN() \"exec '%s' pspp begin '%s'\" !ENDDEFINE.\n", program, dir);
  cli_addf(&out, "DEFINE !WEEG_RUN() \"exec '%s' pspp run '%s'\" !ENDDEFINE.\n", program, dir);
  cli_addf(&out, "DEFINE !WEEG_REQUEST() \"%s\" !ENDDEFINE.\n", in(dir, session_files[REQUEST]));
  cli_addf(&out, "DEFINE !WEEG_DATA() \"%s\" !ENDDEFINE.\n", in(dir, session_files[DATA]));
  cli_addf(&out, "DEFINE !WEEG_RESULT() \"%s\" !ENDDEFINE.\n", in(dir, session_files[RESULT]));
  const ssize_t written = write(file, out.bytes, out.used);
  if (close(file) != 0 || written != (ssize_t)out.used) {
    (void)unlink(path);
    cli_fail("cannot write %s", path);
  }
}

static void remove_session(const char *dir) {
  for (int i = 0; i < FILES; i++) (void)unlink(in(dir, session_files[i]));
  (void)rmdir(dir);
}

/* A command that did not come to its end may have left the folder; one of somebody else is none of ours. If it cannot be
 * removed, PSPP still has the request of that command open, and would write it in place of the one that starts now. */
static void begin(const char *dir) {
  struct stat about = {0};
  const bool ours = lstat(dir, &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == geteuid();
  if (ours) remove_session(dir);
  if (mkdir(dir, 0700) == 0) return;
  if (!ours || errno != EEXIST) cli_fail("cannot make the folder %s: %s", dir, strerror(errno));
  write_file(in(dir, session_files[PENDING]), &(cli_text){.bytes = (char[]){""}}, PRIVATE);
}

static void clean_up(void *dir) {
  char **paths = (char **)dir;
  for (int i = 0; i < FILES; i++) (void)unlink(paths[i]);
  (void)rmdir(paths[FILES]);
  for (int i = 0; i <= FILES; i++) free(paths[i]);
  free(dir);
}

/* Whatever ends the program from here on, nothing stays in the folder; the result is written after that. */
static char **keep_session(const char *dir) {
  char **paths = calloc(FILES + 1, sizeof *paths);
  if (paths == NULL) cli_fail("not enough memory");
  for (int i = 0; i <= FILES; i++) paths[i] = strdup(i < FILES ? in(dir, session_files[i]) : dir);
  for (int i = 0; i <= FILES; i++) {
    if (paths[i] == NULL) cli_fail("not enough memory");
  }
  cli_keep(paths, clean_up);
  return paths;
}

static void close_file(void *file) { (void)fclose((FILE *)file); }

/* The request's words; which command it is stands first. It is one line, and after TEMPORARY the same line for every case:
 * nothing lasts there from one case to the next that could tell PSPP to write it once. */
static pspp_words read_request(const char *path, int *command) {
  static const char *const commands[] = {"CSTABULATE", "CSPLAN", NULL};
  FILE *file = fopen(path, "rb");
  if (file == NULL) cli_fail("there are no cases");
  cli_keep(file, close_file);
  cli_text line = {0};
  for (int c = 0; (c = getc(file)) != EOF && c != '\n';) cli_add_bytes(&line, &(char){(char)c}, 1);
  if (line.used == 0) cli_fail("there are no cases");
  char *text = line.bytes;
  size_t size = line.used;
  while (size > 0 && strchr(" \r", text[size - 1]) != NULL) text[--size] = '\0';
  /* the macro ends the request by a semicolon */
  if (size == 0 || text[size - 1] != ';') cli_fail("the request is too long for PSPP to hand on");
  text[size - 1] = '\0';
  pspp_words words = pspp_split(text);
  words.command = "weeg pspp";
  *command = pspp_one_of(&words, commands);
  words.command = commands[*command];
  return words;
}

static void run(const char *dir) {
  char **paths = keep_session(dir);
  int command = 0;
  cli_text out = {0};
  if (access(paths[PENDING], F_OK) == 0) {
    cli_fail("an earlier CSTABULATE or CSPLAN was not carried out (inside DO IF or LOOP?) and is still pending; EXECUTE, or "
             "CLEAR TRANSFORMATIONS, and give this command again");
  }
  pspp_words words = read_request(paths[REQUEST], &command);
  if (command == 0) {
    const pspp_request request = pspp_parse(&words);
    if (access(paths[DATA], R_OK) != 0) cli_fail("CSTABULATE: PSPP could not save the active data set");
    pspp_answer(&request, paths[DATA], &out);
  } else {
    pspp_answer_plan(&words, &out);
  }
  cli_addf(&out, "HOST COMMAND=[\"exec '%s' pspp end '%s'\"].\n", program_path(), dir);
  write_file(paths[RESULT], &out, PRIVATE);
  (void)unlink(paths[REQUEST]);
  (void)unlink(paths[DATA]);
  for (int i = 0; i <= FILES; i++) paths[i][0] = '\0';  /* done: the result stays, until PSPP has read it */
}

void cli_pspp(const cli_options *options) {
  static const char *const known[] = {"install", "init", "begin", "run", "end", NULL};
  const cli_list *words = &options->arguments;
  if (words->count == 0) cli_usage("weeg pspp needs install");
  const int what = cli_one_of(words->item[0], known, "weeg pspp");
  if (words->count != (what == 0 ? 1 : 2)) cli_usage("weeg pspp %s takes %s", known[what], what == 0 ? "no more" : "a path");
  if (what > 0 && options->output != NULL) cli_usage("--output is for weeg pspp install");
  /* PSPP shows what a command says on standard output among its own */
  if (what > 0) (void)dup2(STDOUT_FILENO, STDERR_FILENO);
  switch (what) {
  case 0: install(options); break;
  case 1: init(words->item[1]); break;
  case 2: begin(words->item[1]); break;
  case 3: run(words->item[1]); break;
  default: remove_session(words->item[1]); break;
  }
}
