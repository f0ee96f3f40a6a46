# Rscript tests/web/data.R FOLDER: the study as a CSV and as an SPSS file, compressed too, and a file whose texts are
# HTML.
folder <- commandArgs(TRUE)[1]
load("data/openvoorwerk.rda")
write.csv(openvoorwerk, file.path(folder, "study.csv"), row.names = FALSE, na = "")
haven::write_sav(openvoorwerk, file.path(folder, "study.sav"))
haven::write_sav(openvoorwerk, file.path(folder, "study.zsav"), compress = "zsav")
for (name in c("study.csv", "study.sav")) {
  to <- gzfile(file.path(folder, paste0(name, ".gz")), "wb")
  writeBin(readBin(file.path(folder, name), "raw", file.size(file.path(folder, name))), to)
  close(to)
}
hostile <- data.frame(a = c("<img src=x onerror=document.title='HTML'>", "</script><b>x</b>")[c(1, 2, 1, 2, 1, 1)],
                      b = c("&lt;", "\"'`")[c(1, 2, 2, 1, 2, 1)])
names(hostile)[1] <- "<script>document.title='HTML'</script>"
write.csv(hostile, file.path(folder, "hostile.csv"), row.names = FALSE)
