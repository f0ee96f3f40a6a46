/* What becomes of rows in which a variable of the table is missing. */
#include <string.h>

#include "frame/frame.h"

static const char missing_level[] = "(missing)";

/* Whether some entry has each variable missing: has[variables]. */
static void find_missing(const weeg_frame *frame, bool *has) {
  const weeg_tally *t = frame->tally;
  for (int64_t i = 0; i < t->entries; i++) {
    int32_t rest = t->cell[i];
    for (int32_t v = frame->variables - 1; v >= 0; v--) {
      const int32_t levels = frame->variable[v].levels.count;
      has[v] = has[v] || rest % (levels + 1) == levels;
      rest /= levels + 1;
    }
  }
}

/* A level behind the others, at the position that missing values had. */
static weeg_status add_level(made_frame *made, int32_t number, weeg_variable *v, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t count = v->levels.count;
  char **text = NULL;
  for (int32_t k = 0; k < count; k++) {
    if (strcmp(v->levels.text[k], missing_level) != 0) continue;
    status = weeg_fail(err, WEEG_ERR_ARGUMENT, number, "a variable has a level \"%s\" and missing values besides", missing_level);
    if (err != NULL) err->facts.fault = WEEG_FAULT_MISSING_LEVEL;
    goto cleanup;
  }
  FRAME_NEW(made, text, (int64_t)count + 1);
  if (count > 0) memcpy(text, v->levels.text, (size_t)count * sizeof *text);
  FRAME_NEW(made, text[count], (int64_t)sizeof missing_level);
  memcpy(text[count], missing_level, sizeof missing_level);
  v->levels = (weeg_texts){count + 1, text};
  v->ordered = v->number = false;
  v->values = NULL;
cleanup:
  return status;
}

/* Every variable with missing values gets a level for them, but measures: a value that is not known has no sum. */
static weeg_status level_of_missing(const weeg_frame *frame, made_frame **made, weeg_error *err) {
  weeg_status status = WEEG_OK;
  made_frame *m = NULL;
  weeg_variable *variable = NULL;
  int32_t *cell = NULL, cells = 0;
  bool *has = NULL;
  FRAME_LIKE(m, frame);
  WEEG_NEW(has, frame->variables);
  WEEG_NEW(cell, frame->tally->cells);
  FRAME_NEW(m, variable, frame->variables);
  find_missing(frame, has);
  for (int32_t v = 0; v < frame->variables; v++) {
    variable[v] = frame->variable[v];
    if (has[v] && !variable[v].measure) WEEG_TRY(add_level(m, v, &variable[v], err));
  }
  WEEG_TRY(weeg_frame_cells(variable, frame->variables, &cells, err));
  for (int32_t v = 0; v < frame->variables; v++) weeg_i_frame_append(frame, v, NULL, variable[v].levels.count, cell);
  m->frame.variable = variable;
  WEEG_TRY(weeg_i_frame_move(m, cell, NULL, err));
  *made = m;
  m = NULL;
cleanup:
  weeg_free(cell);
  weeg_free(has);
  weeg_i_frame_drop(m);
  return status;
}

/* Only the cells in which no variable is missing. */
static weeg_status complete(const weeg_frame *frame, made_frame **made, weeg_error *err) {
  weeg_status status = WEEG_OK;
  made_frame *m = NULL;
  int32_t *all = NULL, *place = NULL, places = 0;
  WEEG_NEW(all, frame->variables);
  WEEG_NEW(place, frame->tally->cells);
  for (int32_t v = 0; v < frame->variables; v++) all[v] = v;
  WEEG_TRY(weeg_frame_places(frame, all, frame->variables, place, &places, err));
  for (int32_t c = 0; c < frame->tally->cells; c++) place[c] = place[c] < 0 ? -1 : c;
  FRAME_LIKE(m, frame);
  WEEG_TRY(weeg_i_frame_move(m, place, NULL, err));
  *made = m;
  m = NULL;
cleanup:
  weeg_free(all);
  weeg_free(place);
  weeg_i_frame_drop(m);
  return status;
}

/* The design in which only the PSUs (rows) with entries of a tally were sampled. */
static weeg_status keep_units(made_frame *made, const weeg_tally *tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_design *design = &made->frame.design;
  int64_t *sampled = NULL;
  int32_t *stratum = NULL;
  FRAME_NEW(made, sampled, design->strata);
  if (!design->element) FRAME_NEW(made, stratum, design->psus);
  for (int32_t u = 0; u < design->psus; u++) stratum[u] = -1;
  for (int64_t i = 0; i < tally->entries; i++) {
    if (design->element) sampled[tally->unit[i]] += tally->n[i];
    else stratum[tally->unit[i]] = design->psu_stratum[tally->unit[i]];
  }
  for (int32_t u = 0; u < design->psus; u++) {
    if (stratum[u] >= 0) sampled[stratum[u]]++;
  }
  design->stratum_psus = sampled;
  design->psu_stratum = stratum;
cleanup:
  return status;
}

static weeg_status omit_missing(const weeg_frame *frame, const weeg_frame *whole, made_frame **made, weeg_error *err) {
  weeg_status status = WEEG_OK;
  made_frame *m = NULL, *w = NULL;
  if (frame->design.later > 0 || frame->design.calibration != NULL) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "rows cannot be omitted from multistage and calibrated designs");
  }
  WEEG_TRY(complete(frame, &m, err));
  if (whole != NULL && whole != frame) WEEG_TRY(complete(whole, &w, err));
  /* replicate weights say themselves what a row adds to the variance */
  if (frame->design.replicates == NULL) WEEG_TRY(keep_units(m, w == NULL ? m->tally : w->tally, err));
  *made = m;
  m = NULL;
cleanup:
  weeg_i_frame_drop(m);
  weeg_i_frame_drop(w);
  return status;
}

weeg_status weeg_frame_treat(const weeg_frame *frame, const weeg_frame *whole, weeg_missing how, weeg_frame **made,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  made_frame *m = NULL;
  if ((unsigned)how > WEEG_MISSING_LEVEL) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "there is no such treatment of missing values");
  }
  switch (how) {
  case WEEG_MISSING_DOMAIN: FRAME_LIKE(m, frame); break;
  case WEEG_MISSING_OMIT: WEEG_TRY(omit_missing(frame, whole, &m, err)); break;
  case WEEG_MISSING_LEVEL: WEEG_TRY(level_of_missing(frame, &m, err)); break;
  }
  *made = &m->frame;
cleanup:
  return status;
}
