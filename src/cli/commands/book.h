/* weeg book: book_data.c reads what is asked for, book.c makes the figures, and book_say.c the document. */
#ifndef WEEG_CLI_BOOK_H
#define WEEG_CLI_BOOK_H

#include "numbers.h"
#include "show/workbook.h"

enum { BOOK_MOST_LETTERS = 26 };

typedef enum book_kind { BOOK_SHARE, BOOK_ITEM, BOOK_NET, BOOK_MEAN } book_kind;

/* A question; items: of a multiple-response question, as --sets or an SPSS file has it, NULL: it is a variable. */
typedef struct book_question {
  const char *name, *filter;      /* of which rows; NULL: all */
  book_kind kind;                 /* of its answers */
} book_question;

/* A row of a question's tables. */
typedef struct book_answer {
  const char *name;               /* NULL: a mean */
  book_kind kind;
  int32_t table, level;           /* which of the tables has its figures, and which answer it is there */
  int32_t number;                 /* the same where two are the same answers */
} book_answer;

/* A question by a variable, or alone. */
typedef struct book_part {
  cli_formula formula;
  cli_places p;
  const char *by;                 /* "": alone */
  cli_items *items, *over;        /* of the question, of the variable; NULL: none */
  weeg_sets sets;                 /* the columns of the items of `over` */
  int32_t columns, answers, tables;
  const char *const *column;      /* [columns] */
  book_answer *answer;            /* [answers] */
  weeg_book_table *table;         /* [tables] of the core */
  int64_t row;                    /* of the book, of its first column and answer */
  double *weighted, *squares, *effective; /* [columns] sums of weights and of squares, and Kish's effective bases */
  weeg_test test;
  double *adjusted;               /* [pairs * answers] p-values, answers fastest; pairs as of weeg_book_table.contrasts */
} book_part;

typedef struct book {
  const cli_options *options;
  cli_list rows, columns;
  book_question *question;        /* [rows] */
  cli_net *net;
  int32_t nets;
  cli_items *set;                 /* [sets] of --sets */
  int32_t set_count;
  const cli_data *tally;          /* that FILE is; NULL: it is a file of rows */
  const cli_data *about;          /* of all questions, without their filters */
  int32_t count, each;            /* parts, of each question: alone, then by each variable */
  book_part *parts;
  cli_table *cells, *tests;
  const char *adjust, *method;
} book;

/* Reads the command line and FILE: the parts with their places and columns, and the sums of squared weights. */
void book_read(book *b);

static inline const book_question *book_of(const book *b, int32_t part) { return &b->question[part / b->each]; }
static inline int32_t book_pairs(const book_part *x) {
  const int32_t columns = x->table[0].compared;
  return columns < 2 ? 0 : columns * (columns - 1) / 2;
}
/* The letter of a column; NULL: its variable has none. */
const char *book_letter(const book_part *x, int32_t column);

/* "Label (name)" of a variable or a multiple-response question. */
const char *book_label(const cli_data *data, const char *name, const cli_items *items);
void book_say(cli_result *result, const book *b);

#endif
