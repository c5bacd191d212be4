;; Attacks: the host's time, before any export is called. The module's start function loops for ever, so that
;; instantiation never ends.
;; Held by: a wall-clock limit that already runs while the component is instantiated.
(module
  (func $start (loop $for-ever (br $for-ever)))
  (start $start)
  (func (export "wasi:cli/run@0.2.0#run") (result i32) (i32.const 0)))
