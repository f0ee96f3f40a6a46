#' weeg: survey-weighted proportions, cross-tabulations and tests
#'
#' Design-based inference for categorical data from complex samples: weights, strata, clusters and finite populations.
#' Start with [weeg_design()]; then [weeg_proportion()], [weeg_crosstab()], [weeg_test()], [weeg_compare()] and
#' [weeg_total()] take it, or a [weeg_tally()] made from it, and a formula `outcome ~ group`.
#'
#' @section Options:
#' * `weeg.threads`: how many threads a pass over the rows may use. By default all processors, within
#'   `OMP_NUM_THREADS` and `OMP_THREAD_LIMIT`; one in a forked process. Results do not depend on it.
#'
#' @useDynLib weeg, .registration = TRUE, .fixes = "C_"
#' @importFrom generics tidy glance augment
#' @keywords internal
"_PACKAGE"

#' @export
generics::tidy

#' @export
generics::glance

#' @export
generics::augment

state <- new.env(parent = emptyenv())

.onLoad <- function(libname, pkgname) {
  state$pid <- Sys.getpid()
}

# How many threads a pass may use. A forked process must not use OpenMP's threads of its parent.
thread_count <- function() {
  if (!identical(Sys.getpid(), state$pid)) return(1L)
  threads <- getOption("weeg.threads")
  if (is.null(threads)) threads <- .Call(C_threads)
  if (!is.numeric(threads) || length(threads) != 1L || is.na(threads) || threads < 1) {
    abort("argument", "option `weeg.threads` must be one number of at least 1")
  }
  # CRAN allows two cores
  if (nzchar(Sys.getenv("_R_CHECK_LIMIT_CORES_"))) threads <- min(threads, 2)
  as.integer(threads)
}
