/* Messages in the language of the caller (weeg_error.say). Internal to the core. */
#ifndef WEEG_SAID_H
#define WEEG_SAID_H

#include <stddef.h>

#include "weeg.h"

/* A part of a message, or a format. */
static inline const char *weeg_i_said(const weeg_error *err, const char *english) {
  const char *words = err == NULL || err->say == NULL || english == NULL ? NULL : err->say(english);
  return words == NULL ? english : words;
}

/* snprintf(), by a format that is said in that language. */
void weeg_i_say(const weeg_error *err, char *to, size_t size, const char *format, ...)
#if defined(__GNUC__)
  __attribute__((format(__printf__, 4, 5)))
#endif
  ;

/* Says of an error that its message names the file, whose name nobody has to put in front then. */
static inline weeg_status weeg_i_names_file(weeg_error *err, weeg_status status) {
  if (err != NULL) err->names_file = true;
  return status;
}

/* An error of its own, which speaks as `err` does. */
static inline weeg_error weeg_i_error_like(const weeg_error *err) {
  return (weeg_error){.say = err == NULL ? NULL : err->say};
}

#endif
