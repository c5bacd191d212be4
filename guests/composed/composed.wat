;; A composed component, as a composition tool makes it, with nothing but text: the component `arithmetic` exports an
;; interface, the component `command` imports it, and the outer one connects them and passes standard output in. A
;; number and a string cross between two memories. Prints `the answer is 42`.
(component $composed
  (component $arithmetic
    (core module $code
      (memory (export "memory") 1)
      (data (i32.const 64) "the answer is ")
      (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
      (func (export "label") (result i32)
        (i32.store (i32.const 0) (i32.const 64))
        (i32.store (i32.const 4) (i32.const 14))
        (i32.const 0)))
    (core instance $code (instantiate $code))
    (func $double (param "value" u32) (result u32) (canon lift (core func $code "double")))
    (func $label (result string)
      (canon lift (core func $code "label") (memory (core memory $code "memory")) string-encoding=utf8))
    (instance $arithmetic (export "double" (func $double)) (export "label" (func $label)))
    (export "acme:numbers/arithmetic@1.0.0" (instance $arithmetic)))

  (component $command
    (import "acme:numbers/arithmetic@1.0.0" (instance $arithmetic
      (export "double" (func (param "value" u32) (result u32)))
      (export "label" (func (result string)))))
    (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
    (alias export $error "error" (type $io-error))
    (import "wasi:io/streams@0.2.0" (instance $streams
      (export "output-stream" (type $stream (sub resource)))
      (alias outer $command $io-error (type $outer-error))
      (export "error" (type $error (eq $outer-error)))
      (type $own-error (own $error))
      (type $failure (variant (case "last-operation-failed" $own-error) (case "closed")))
      (export "stream-error" (type $stream-error (eq $failure)))
      (export "[method]output-stream.blocking-write-and-flush"
        (func (param "self" (borrow $stream)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
    (alias export $streams "output-stream" (type $output-stream))
    (import "wasi:cli/stdout@0.2.0" (instance $stdout
      (alias outer $command $output-stream (type $outer-stream))
      (export "output-stream" (type $stream (eq $outer-stream)))
      (export "get-stdout" (func (result (own $stream))))))

    (core module $allocator
      (memory (export "memory") 1)
      (global $free (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $free)
        (global.set $free (i32.and (i32.add (i32.add (global.get $free) (local.get 3)) (i32.const 7)) (i32.const -8)))))
    (core instance $allocator (instantiate $allocator))
    (core func $double (canon lower (func $arithmetic "double")))
    (core func $label
      (canon lower (func $arithmetic "label")
        (memory (core memory $allocator "memory")) (realloc (core func $allocator "realloc"))))
    (core func $get-stdout (canon lower (func $stdout "get-stdout")))
    (core func $write
      (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
        (memory (core memory $allocator "memory"))))
    (core module $code
      (import "host" "memory" (memory 1))
      (import "host" "double" (func $double (param i32) (result i32)))
      (import "host" "label" (func $label (param i32)))
      (import "host" "get-stdout" (func $get-stdout (result i32)))
      (import "host" "write" (func $write (param i32 i32 i32 i32)))
      (func (export "run") (result i32)
        (local $stdout i32)
        (local $value i32)
        (local.set $stdout (call $get-stdout))
        (call $label (i32.const 0))
        (call $write (local.get $stdout) (i32.load (i32.const 0)) (i32.load (i32.const 4)) (i32.const 16))
        (local.set $value (call $double (i32.const 21)))
        (i32.store8 (i32.const 64) (i32.add (i32.const 48) (i32.div_u (local.get $value) (i32.const 10))))
        (i32.store8 (i32.const 65) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
        (i32.store8 (i32.const 66) (i32.const 10))
        (call $write (local.get $stdout) (i32.const 64) (i32.const 3) (i32.const 16))
        (i32.const 0)))
    (core instance $code (instantiate $code (with "host" (instance
      (export "memory" (memory $allocator "memory"))
      (export "double" (func $double))
      (export "label" (func $label))
      (export "get-stdout" (func $get-stdout))
      (export "write" (func $write))))))
    (func $run (result (result)) (canon lift (core func $code "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.2.0" (instance $run)))

  (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $io-error))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "output-stream" (type $stream (sub resource)))
    (alias outer $composed $io-error (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (type $own-error (own $error))
    (type $failure (variant (case "last-operation-failed" $own-error) (case "closed")))
    (export "stream-error" (type $stream-error (eq $failure)))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $stream)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "output-stream" (type $output-stream))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer $composed $output-stream (type $outer-stream))
    (export "output-stream" (type $stream (eq $outer-stream)))
    (export "get-stdout" (func (result (own $stream))))))

  (instance $arithmetic (instantiate $arithmetic))
  (instance $command (instantiate $command
    (with "acme:numbers/arithmetic@1.0.0" (instance $arithmetic "acme:numbers/arithmetic@1.0.0"))
    (with "wasi:io/error@0.2.0" (instance $error))
    (with "wasi:io/streams@0.2.0" (instance $streams))
    (with "wasi:cli/stdout@0.2.0" (instance $stdout))))
  (export "wasi:cli/run@0.2.0" (instance $command "wasi:cli/run@0.2.0")))
