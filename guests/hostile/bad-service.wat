;; Attacks: whoever serves it, and whoever asks it. The character behind the slash of the path says how:
;;   0 returns without a response            9 keeps its response-outparam and its request for later
;;   1 drops its outparam, then computes     a uses what it kept at another request
;;   2 answers twice with one outparam       b writes without end
;;   3 finishes a body whose stream lives    c answers in full, then computes
;;   4 writes more than it promised          d writes half a body, then traps
;;   5 writes less than it promised          e puts a line end into a header's value and into a name
;;   6 sends 200 KB of headers               f asks for statuses that no response has
;;   7 traps at once                         g drops a body unfinished
;;   8 computes for ever                     h finishes with trailers where it promised a length
;;   j keeps trailers that it does not take  i sets headers that belong to the connection
;; Anything else is answered with `fine`. Answers to e, f and i are a digit for each attempt: 0 where it succeeded.
;; Held by: one response for each request, checked like any other output; a limit on its time; the public words of a
;; status and nothing else where the guest gave no answer.
(module
  (import "wasi:http/types@0.2.0" "[constructor]fields" (func $new-fields (result i32)))
  (import "wasi:http/types@0.2.0" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-response" (func $new-response (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-response.set-status-code"
    (func $set-status (param i32 i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-response.body" (func $body-of (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-body.write" (func $stream-of (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]response-outparam.set"
    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-request.path-with-query" (func $path (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-request.consume" (func $consume (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-body.stream" (func $body-stream (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[resource-drop]response-outparam" (func $drop-out (param i32)))
  (import "wasi:http/types@0.2.0" "[resource-drop]outgoing-body" (func $drop-body (param i32)))
  (import "wasi:http/types@0.2.0" "[static]incoming-body.finish" (func $finish-body (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]future-trailers.subscribe" (func $trailers-ready (param i32) (result i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/streams@0.2.0" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop-stream (param i32)))
  ;; include ../fragments/print-imports.wat
  ;; include ../fragments/print.wat
  (data (i32.const 1024) "fine\n" "content-length" "5" "x-one" "a\0d\0aSet-Cookie: stolen=1" "x\0d\0ay" "12345GET /next HTTP/1.1\0d\0a\0d\0a"
    "transfer-encoding" "connection" "host" "late\n" "survived\n" "failed \n")
  (global $body (mut i32) (i32.const 0))
  (global $stream (mut i32) (i32.const 0))
  (global $kept-out (mut i32) (i32.const 0))
  (global $kept-stream (mut i32) (i32.const 0))
  (global $results (mut i32) (i32.const 4096))

  (func $spin (loop $forever (br $forever)))

  ;; A response with a body and the stream to it; the response is set.
  (func $begin (param $out i32) (param $fields i32)
    (local $response i32)
    (local.set $response (call $new-response (local.get $fields)))
    (call $body-of (local.get $response) (i32.const 0))
    (global.set $body (i32.load (i32.const 4)))
    (call $send (local.get $out) (local.get $response))
    (call $stream-of (global.get $body) (i32.const 0))
    (global.set $stream (i32.load (i32.const 4))))

  (func $send (param $out i32) (param $response i32)
    (call $set (local.get $out) (i32.const 0) (local.get $response)
      (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))

  (func $put (param $at i32) (param $length i32)
    (call $write (global.get $stream) (local.get $at) (local.get $length) (i32.const 16)))

  (func $close-stream (call $drop-stream (global.get $stream)))
  (func $end (call $finish (global.get $body) (i32.const 0) (i32.const 0) (i32.const 32)))

  (func $answer (param $out i32) (param $at i32) (param $length i32)
    (call $begin (local.get $out) (call $new-fields))
    (call $put (local.get $at) (local.get $length))
    (call $close-stream)
    (call $end))

  ;; Fields that promise a body of five bytes.
  (func $five (result i32)
    (local $fields i32)
    (local.set $fields (call $new-fields))
    (call $append (local.get $fields) (i32.const 1029) (i32.const 14) (i32.const 1043) (i32.const 1) (i32.const 0))
    (local.get $fields))

  ;; Notes one attempt: 0 where it succeeded, otherwise 1 and the number of the error's case.
  (func $note (param $result i32)
    (i32.store8 (global.get $results)
      (select
        (i32.add (i32.const 49) (i32.load8_u offset=1 (local.get $result)))
        (i32.const 48)
        (i32.load8_u (local.get $result))))
    (global.set $results (i32.add (global.get $results) (i32.const 1))))

  (func $try-field (param $fields i32) (param $name i32) (param $name-length i32) (param $value i32) (param $length i32)
    (call $append (local.get $fields) (local.get $name) (local.get $name-length) (local.get $value) (local.get $length)
      (i32.const 0))
    (call $note (i32.const 0)))

  (func $answer-with-notes (param $out i32) (param $fields i32)
    (call $begin (local.get $out) (local.get $fields))
    (call $put (i32.const 4096) (i32.sub (global.get $results) (i32.const 4096)))
    (call $close-stream)
    (call $end)
    (global.set $results (i32.const 4096)))

  (func $try-status (param $response i32) (param $status i32)
    (i32.store8 (global.get $results)
      (i32.add (i32.const 48) (call $set-status (local.get $response) (local.get $status))))
    (global.set $results (i32.add (global.get $results) (i32.const 1))))

  (func $statuses (param $out i32)
    (local $response i32)
    (local.set $response (call $new-response (call $new-fields)))
    (call $try-status (local.get $response) (i32.const 0))
    (call $try-status (local.get $response) (i32.const 99))
    (call $try-status (local.get $response) (i32.const 101))
    (call $try-status (local.get $response) (i32.const 600))
    (call $try-status (local.get $response) (i32.const 65535))
    (call $try-status (local.get $response) (i32.const 418))
    (call $answer-with-notes (local.get $out) (call $new-fields)))

  (func $headers-of-the-connection (param $out i32)
    (local $fields i32)
    (local.set $fields (call $new-fields))
    (call $try-field (local.get $fields) (i32.const 1103) (i32.const 17) (i32.const 1024) (i32.const 4))
    (call $try-field (local.get $fields) (i32.const 1120) (i32.const 10) (i32.const 1024) (i32.const 4))
    (call $try-field (local.get $fields) (i32.const 1130) (i32.const 4) (i32.const 1024) (i32.const 4))
    (call $answer-with-notes (local.get $out) (local.get $fields)))

  (func $line-ends (param $out i32)
    (local $fields i32)
    (local.set $fields (call $new-fields))
    (call $try-field (local.get $fields) (i32.const 1044) (i32.const 5) (i32.const 1049) (i32.const 23))
    (call $try-field (local.get $fields) (i32.const 1072) (i32.const 4) (i32.const 1024) (i32.const 4))
    (call $answer-with-notes (local.get $out) (local.get $fields)))

  (func $many-headers (param $out i32)
    (local $fields i32)
    (local $left i32)
    (memory.fill (i32.const 8192) (i32.const 120) (i32.const 4000))
    (local.set $fields (call $new-fields))
    (local.set $left (i32.const 50))
    (loop $more
      (call $append (local.get $fields) (i32.const 1044) (i32.const 5) (i32.const 8192) (i32.const 4000) (i32.const 0))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $more (local.get $left)))
    (call $begin (local.get $out) (local.get $fields))
    (call $put (i32.const 1024) (i32.const 5)))

  (func $keep (param $request i32) (param $out i32)
    (global.set $kept-out (local.get $out))
    (call $consume (local.get $request) (i32.const 0))
    (call $body-stream (i32.load (i32.const 4)) (i32.const 0))
    (global.set $kept-stream (i32.load (i32.const 4))))

  ;; It waits until they are there, and never looks at them.
  (func $keep-trailers (param $request i32) (param $out i32)
    (call $consume (local.get $request) (i32.const 0))
    (call $block (call $trailers-ready (call $finish-body (i32.load (i32.const 4)))))
    (call $answer (local.get $out) (i32.const 1024) (i32.const 5)))

  ;; The answer to another request, with the outparam of the one before, and what is left of that one's body.
  (func $use-kept (param $out i32)
    (call $read (global.get $kept-stream) (i64.const 64) (i32.const 0))
    (call $note (i32.const 0))
    (call $answer (global.get $kept-out) (i32.const 1134) (i32.const 5))
    (call $answer-with-notes (local.get $out) (call $new-fields)))

  (func $flood (param $out i32)
    (call $begin (local.get $out) (call $new-fields))
    (loop $more
      (call $put (i32.const 8192) (i32.const 4096))
      ;; A stream that takes nothing more says so.
      (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))
    (call $print (i32.const 1148) (i32.const 8)))

  (func $act (param $request i32) (param $out i32) (param $how i32)
    (if (i32.eq (local.get $how) (i32.const 48)) (then (return)))
    (if (i32.eq (local.get $how) (i32.const 49)) (then (call $drop-out (local.get $out)) (call $spin)))
    (if (i32.eq (local.get $how) (i32.const 50))
      (then
        (call $answer (local.get $out) (i32.const 1024) (i32.const 5))
        (call $answer (local.get $out) (i32.const 1134) (i32.const 5))
        (return)))
    (if (i32.eq (local.get $how) (i32.const 51))
      (then
        (call $begin (local.get $out) (call $new-fields))
        (call $end)
        (call $put (i32.const 1134) (i32.const 5))
        (return)))
    (if (i32.eq (local.get $how) (i32.const 52))
      (then
        (call $begin (local.get $out) (call $five))
        (call $put (i32.const 1076) (i32.const 27))
        (call $print (i32.const 1139) (i32.const 9))
        (call $close-stream)
        (call $end)
        (return)))
    (if (i32.eq (local.get $how) (i32.const 53))
      (then
        (call $begin (local.get $out) (call $five))
        (call $put (i32.const 1024) (i32.const 2))
        (call $close-stream)
        (call $end)
        (return)))
    (if (i32.eq (local.get $how) (i32.const 54)) (then (call $many-headers (local.get $out)) (return)))
    (if (i32.eq (local.get $how) (i32.const 55)) (then unreachable))
    (if (i32.eq (local.get $how) (i32.const 56)) (then (call $spin)))
    (if (i32.eq (local.get $how) (i32.const 57)) (then (call $keep (local.get $request) (local.get $out)) (return)))
    (if (i32.eq (local.get $how) (i32.const 97)) (then (call $use-kept (local.get $out)) (return)))
    (if (i32.eq (local.get $how) (i32.const 98)) (then (call $flood (local.get $out)) (return)))
    (if (i32.eq (local.get $how) (i32.const 99))
      (then (call $answer (local.get $out) (i32.const 1024) (i32.const 5)) (call $spin)))
    (if (i32.eq (local.get $how) (i32.const 100))
      (then
        (call $begin (local.get $out) (call $new-fields))
        (call $put (i32.const 1024) (i32.const 5))
        unreachable))
    (if (i32.eq (local.get $how) (i32.const 101)) (then (call $line-ends (local.get $out)) (return)))
    (if (i32.eq (local.get $how) (i32.const 102)) (then (call $statuses (local.get $out)) (return)))
    (if (i32.eq (local.get $how) (i32.const 103))
      (then
        (call $begin (local.get $out) (call $new-fields))
        (call $put (i32.const 1024) (i32.const 5))
        (call $close-stream)
        (call $drop-body (global.get $body))
        (return)))
    (if (i32.eq (local.get $how) (i32.const 104))
      (then
        (call $begin (local.get $out) (call $five))
        (call $put (i32.const 1024) (i32.const 5))
        (call $close-stream)
        (call $finish (global.get $body) (i32.const 1) (call $five) (i32.const 32))
        (return)))
    (if (i32.eq (local.get $how) (i32.const 105))
      (then (call $headers-of-the-connection (local.get $out)) (return)))
    (if (i32.eq (local.get $how) (i32.const 106)) (then (call $keep-trailers (local.get $request) (local.get $out)) (return)))
    (call $answer (local.get $out) (i32.const 1024) (i32.const 5)))

  (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $out i32)
    (call $path (local.get $request) (i32.const 0))
    (call $act (local.get $request) (local.get $out)
      (i32.load8_u offset=1 (i32.load (i32.const 4))))))
