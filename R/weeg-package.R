#' weeg: survey-weighted proportions, cross-tabulations and tests
#'
#' Design-based inference for categorical data from complex samples: weights, strata, clusters and finite populations.
#' Start with [weeg_design()]; then [weeg_proportion()], [weeg_crosstab()], [weeg_test()], [weeg_compare()] and
#' [weeg_total()] take it, or a [weeg_tally()] made from it, and a formula `outcome ~ group`; so do [weeg_mean()] and
#' [weeg_ratio()], of numbers.
#'
#' @section Options:
#' * `weeg.threads`: how many threads a pass over the rows may use. By default all processors, within
#'   `OMP_NUM_THREADS` and `OMP_THREAD_LIMIT`; one in a process forked by package parallel. Results do not depend on it.
#' * `weeg.retry`: how often a connection with a database that was lost is made again, 5 times by default; see [weeg_database].
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
  take_conventions(topenv())
  if (isNamespaceLoaded("dplyr")) refuse_dplyrs_verbs() else setHook(packageEvent("dplyr", "onLoad"), refuse_dplyrs_verbs)
}

# A process that multicore made by a fork: its siblings keep the other processors busy. The package may have been loaded before
# the fork or after it.
is_fork <- function() {
  if (!identical(Sys.getpid(), state$pid)) return(TRUE)
  if (!isNamespaceLoaded("parallel")) return(FALSE)
  is_child <- get0("isChild", asNamespace("parallel"), mode = "function")
  !is.null(is_child) && isTRUE(is_child())
}

# All processors, within the variables by which users limit the threads of programs; of a list the first number counts.
processors <- function() {
  limits <- Sys.getenv(c("OMP_NUM_THREADS", "OMP_THREAD_LIMIT"))
  if (!any(nzchar(limits))) return(.Call(C_threads))
  limits <- sub(",.*", "", limits)
  limits <- limits[grepl("^ *[1-9][0-9]{0,8} *$", limits)]
  min(.Call(C_threads), as.integer(limits))
}

# How many threads a pass may use.
thread_count <- function() {
  if (is_fork()) return(1L)
  threads <- getOption("weeg.threads")
  if (is.null(threads)) threads <- processors()
  if (!is.numeric(threads) || length(threads) != 1L || is.na(threads) || threads < 1) {
    abort("argument", "option `weeg.threads` must be one number of at least 1")
  }
  # CRAN allows two cores
  if (threads > 2 && nzchar(Sys.getenv("_R_CHECK_LIMIT_CORES_"))) threads <- 2
  as.integer(min(threads, 1024))
}
