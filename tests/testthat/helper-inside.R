# Code with other values for what the package has inside.
with_inside <- function(values, code) {
  set <- function(values) for (name in names(values)) utils::assignInNamespace(name, values[[name]], "weeg")
  old <- lapply(stats::setNames(nm = names(values)), utils::getFromNamespace, "weeg")
  on.exit(set(old))
  set(values)
  force(code)
}
