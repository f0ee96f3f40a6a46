# Work in forked processes, which Ctrl-C ends whatever library they are in. Package parallel collects the end of a process by a
# signal's handler that other packages (processx) put theirs in the place of; R then waits ten seconds for it when it quits. So
# processes here say nothing to parallel, end by themselves, and are collected when they have ended.

# The values of functions, each called in a process of its own at the same time; NULL of those that failed, and where there is no
# process to be had.
in_forks <- function(works) {
  folder <- tempfile("forks")
  dir.create(folder, mode = "0700")
  jobs <- list()
  on.exit({
    end_forks(jobs)
    unlink(folder, recursive = TRUE)
  })
  paths <- file.path(folder, seq_along(works))
  for (k in seq_along(works)) {
    job <- tryCatch(parallel::mcparallel(work_in_fork(works[[k]], paths[k]), silent = TRUE, mc.set.seed = FALSE),
                    error = function(e) NULL)
    jobs[[k]] <- if (is.null(job)) list() else job # some systems refuse
  }
  pause <- 0.001
  while (!all(are_ended(jobs))) {
    Sys.sleep(pause)
    pause <- min(0.1, 1.5 * pause)
  }
  lapply(paths, function(path) {
    if (file.exists(path)) tryCatch(readRDS(path), error = function(e) NULL, warning = function(w) NULL)
  })
}

# Never returns: what comes after is the parent's.
work_in_fork <- function(work, path) {
  on.exit(tools::pskill(Sys.getpid(), tools::SIGKILL)) # by Ctrl-C too
  try(saveRDS(work(), path, compress = FALSE), silent = TRUE)
}

are_ended <- function(jobs) vapply(jobs, function(job) length(job) == 0L || .Call(C_fork_ended, job$pid), NA)

# Those that still run are asked to end, so that what they write is whole, and made to.
end_forks <- function(jobs) {
  for (signal in c(tools::SIGTERM, tools::SIGKILL)) {
    until <- proc.time()[["elapsed"]] + 1
    for (job in jobs[!are_ended(jobs)]) tools::pskill(job$pid, signal)
    while (!all(are_ended(jobs)) && proc.time()[["elapsed"]] < until) Sys.sleep(0.005)
  }
  for (job in jobs[lengths(jobs) > 0L]) suppressWarnings(parallel::mccollect(job))
}
