;; Attacks: host code that trusts strings, with UTF-16, which can carry half a character. The last argument says
;; which string is logged, opened as a bucket, and used as a key of the bucket `notes`:
;;   0 __proto__              3 100 MiB of x        6 a, NUL, b      8 100 MiB that are out of range
;;   1 a lone high surrogate  4 a reversed pair     7 ../../escape   9 an odd address
;;   2 a lone low surrogate   5 nothing
;; Prints `log done`, `open ok` or `open error N`, `set …`, `get …`, then `survived` (or `no memory` for 3).
;; Held by: the Canonical ABI, which traps for 1, 2, 4, 8 and 9; where a host lets lone surrogates through, two keys
;; must not become one, and no record of the run may be lost over it.
(module
  ;; include ../fragments/odd-strings-imports.wat
  ;; include ../fragments/print.wat
  ;; include ../fragments/choice.wat
  (data (i32.const 512) "n\00o\00t\00e\00s\00")
  (data (i32.const 544) "o\00d\00d\00")
  (data (i32.const 1024) "_\00_\00p\00r\00o\00t\00o\00_\00_\00")
  (data (i32.const 1088) "\00\d8")
  (data (i32.const 1152) "\00\dc")
  (data (i32.const 1216) "\00\dc\00\d8")
  (data (i32.const 1280) "")
  (data (i32.const 1344) "a\00\00\00b\00")
  (data (i32.const 1408) ".\00.\00/\00.\00.\00/\00e\00s\00c\00a\00p\00e\00")
  (data (i32.const 256)
    "\00\04\00\00\09\00\00\00"
    "\40\04\00\00\01\00\00\00"
    "\80\04\00\00\01\00\00\00"
    "\00\00\01\00\00\00\20\03"
    "\c0\04\00\00\02\00\00\00"
    "\00\05\00\00\00\00\00\00"
    "\40\05\00\00\03\00\00\00"
    "\80\05\00\00\0c\00\00\00"
    "\00\00\00\07\00\00\20\03"
    "\01\04\00\00\03\00\00\00")
  ;; include ../fragments/odd-strings-body.wat
)
