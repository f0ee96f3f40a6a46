/* The table of a model of a tally with names. Internal to the core. */
#ifndef WEEG_MODEL_H
#define WEEG_MODEL_H

#include "frame/frame.h"

/* The cells that have rows and a value of all variables, and the levels that occur in them. */
typedef struct model_table {
  const weeg_frame *frame;
  made_frame *room;   /* whose memory all of this is */
  int32_t counted;
  int32_t *cell;      /* [counted] */
  int32_t *at;        /* [variables * counted] the level of a variable, numbered among those that have rows */
  int32_t **kept;     /* [variables][size] these levels */
  int32_t *size;      /* [variables] how many they are */
  int64_t *n;         /* [cells] */
  double *weighted;   /* [cells] */
} model_table;

weeg_status weeg_i_model_table(const weeg_frame *frame, made_frame *room, model_table *t, weeg_error *err);

/* Refuses what cannot be a covariate: a variable with one level that has rows, or a number with many values. */
weeg_status weeg_i_model_check(const model_table *t, int32_t variable, weeg_error *err);

/* An error of a variable (-1: none) and a level (-1: none) of it; callers add value and limit. */
weeg_status weeg_i_model_refuse(weeg_error *err, weeg_status code, weeg_fault fault, int32_t variable, int32_t level);
weeg_status weeg_i_model_cells(int64_t cells, int64_t limit, weeg_error *err);
weeg_status weeg_i_model_columns(int64_t columns, weeg_error *err);

/* Whether terms are of these variables. */
bool weeg_i_model_terms(const weeg_terms *terms, int32_t variables);

/* Where the columns of each term start, (*start)[terms + 1] (INT32_MAX: beyond what a model can have), and how many all are. */
weeg_status weeg_i_model_starts(const model_table *t, const weeg_terms *terms, made_frame *room, int32_t **start,
                                int64_t *columns, weeg_error *err);

/* How many levels without rows the variable of a term has, which has no other one; and the text of the k-th. */
int32_t weeg_i_model_empty(const model_table *t, const weeg_terms *terms, int32_t term);
weeg_status weeg_i_model_empty_level(const model_table *t, int32_t variable, int32_t k, made_frame *room, const char **text,
                                     weeg_error *err);

/* The levels with rows of the term's variables in combination `number`, the first one fastest, joined by ":". skip: left out. */
weeg_status weeg_i_model_level(const model_table *t, const weeg_terms *terms, int32_t term, int64_t number, int32_t skip,
                               made_frame *room, const char **text, weeg_error *err);

#endif
