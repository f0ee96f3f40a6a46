/* Memory that lives as long as the program, and the ways to end it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

typedef struct kept {
  struct kept *next;
  void *object;
  void (*release)(void *object);
} kept;

static kept *all_kept = NULL;

void cli_release(void) {
  while (all_kept != NULL) {
    kept *first = all_kept;
    all_kept = first->next;
    first->release(first->object);
    free(first);
  }
}

/* A message as it may be shown. Texts from data have no bound: the middle of a long one is left out. */
static void print_message(const char *shown, size_t length) {
  const size_t most = 1600;
  size_t head = most / 2, tail = length - most / 2;
  if (length <= most) {
    (void)fwrite(shown, 1, length, stderr);
    return;
  }
  while (head > 0 && ((unsigned char)shown[head] & 0xC0) == 0x80) head--;
  while (tail < length && ((unsigned char)shown[tail] & 0xC0) == 0x80) tail++;
  (void)fwrite(shown, 1, head, stderr);
  (void)fputs(" ... ", stderr);
  (void)fwrite(shown + tail, 1, length - tail, stderr);
}

/* Without cli_new(), which ends here when there is no memory: then the words of the message stand there without their values. */
static void say(const char *english, va_list args) {
  const char *format = cli_said(english);
  va_list again;
  va_copy(again, args);
  const int length = vsnprintf(NULL, 0, format, args);
  char *text = length < 0 ? NULL : malloc((size_t)length + 1), *shown = length < 0 ? NULL : malloc(6 * (size_t)length + 1);
  (void)fflush(stdout);
  (void)fputs("weeg: ", stderr);
  if (text == NULL || shown == NULL) {
    (void)fputs(format, stderr);
  } else {
    (void)vsnprintf(text, (size_t)length + 1, format, again);
    print_message(shown, weeg_visible(text, (size_t)length, shown));
  }
  (void)fputc('\n', stderr);
  va_end(again);
  free(text);
  free(shown);
}

static _Noreturn void end(int status, const char *format, va_list args) {
  say(format, args);
  cli_release();
  exit(status);
}

void cli_warn(const char *format, ...) {
  va_list args;
  va_start(args, format);
  say(format, args);
  va_end(args);
}

void cli_fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  end(CLI_EXIT_DATA, format, args);
}

void cli_usage(const char *format, ...) {
  va_list args;
  va_start(args, format);
  end(CLI_EXIT_USAGE, format, args);
}

void cli_check(weeg_status status, const weeg_error *err) {
  if (status == WEEG_OK) return;
  if (err->count > 1) cli_fail("%s; %lld rows have this problem", err->message, (long long)err->count);
  cli_fail("%s", err->message);
}

void cli_keep(void *object, void (*release)(void *object)) {
  kept *added = malloc(sizeof *added);
  if (added == NULL) {
    release(object);
    cli_fail("not enough memory");
  }
  *added = (kept){all_kept, object, release};
  all_kept = added;
}

void *cli_new(int64_t count, size_t size) {
  if (count < 0 || (uint64_t)count > SIZE_MAX / 2 / size) cli_fail("not enough memory");
  void *memory = calloc(count == 0 ? 1 : (size_t)count, size);
  if (memory == NULL) cli_fail("not enough memory");
  cli_keep(memory, free);
  return memory;
}

bool cli_enlarge(void **array, int64_t count, size_t size) {
  void *larger = count < 0 || (uint64_t)count > SIZE_MAX / size ? NULL : realloc(*array, (size_t)count * size);
  if (larger != NULL) *array = larger;
  return larger != NULL;
}

char *cli_copy(const char *text, size_t length) {
  char *copy = CLI_NEW(char, (int64_t)length + 1);
  memcpy(copy, text, length);
  return copy;
}

const char *cli_visible(const char *text) {
  const size_t length = strlen(text), size = weeg_visible(text, length, NULL);
  if (size == length && strpbrk(text, "\t\n\r") == NULL) return text;
  char *shown = CLI_NEW(char, (int64_t)size + 1);
  (void)weeg_visible(text, length, shown);
  return shown;
}

static char *format_args(const char *english, va_list args) {
  const char *format = cli_said(english);
  va_list again;
  va_copy(again, args);
  const int length = vsnprintf(NULL, 0, format, args);
  char *text = CLI_NEW(char, (int64_t)(length < 0 ? 0 : length) + 1);
  if (length > 0) (void)vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  return text;
}

char *cli_format(const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *text = format_args(format, args);
  va_end(args);
  return text;
}

void cli_add_bytes(cli_text *text, const char *added, size_t length) {
  if (text->room - text->used <= length) {
    const size_t room = 2 * (text->used + length) + 256;
    char *bytes = CLI_NEW(char, (int64_t)room);
    if (text->used > 0) memcpy(bytes, text->bytes, text->used);
    text->bytes = bytes;
    text->room = room;
  }
  memcpy(text->bytes + text->used, added, length);
  text->used += length;
  text->bytes[text->used] = '\0';
}

void cli_add(cli_text *text, const char *added) { cli_add_bytes(text, added, strlen(added)); }

void cli_addf(cli_text *text, const char *format, ...) {
  va_list args;
  va_start(args, format);
  cli_add(text, format_args(format, args));
  va_end(args);
}

void cli_push(cli_list *list, const char *item) {
  if (list->count == list->room) {
    const int32_t room = 2 * list->room + 8;
    const char **items = CLI_NEW(const char *, room);
    if (list->count > 0) memcpy(items, list->item, (size_t)list->count * sizeof *items);
    list->item = items;
    list->room = room;
  }
  list->item[list->count++] = item;
}

cli_list cli_split(const char *text) {
  cli_list list = {0};
  cli_text item = {0};
  cli_add(&item, "");
  for (;; text++) {
    if (*text == '\\' && text[1] == ',') {
      cli_add_bytes(&item, ++text, 1);
    } else if (*text == ',' || *text == '\0') {
      cli_push(&list, cli_copy(item.bytes, item.used));
      item.used = 0;
      if (*text == '\0') return list;
    } else {
      cli_add_bytes(&item, text, 1);
    }
  }
}

const char *cli_base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

const char *cli_join(const cli_list *list, const char *between) {
  cli_text text = {0};
  cli_add(&text, "");
  for (int32_t i = 0; i < list->count; i++) {
    if (i > 0) cli_add(&text, between);
    cli_add(&text, list->item[i]);
  }
  return text.bytes;
}
