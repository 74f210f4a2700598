package dev.mirrorspark.report;

import java.util.List;

/** Texts of a model that aim at whoever reads them, for the tests of all that show responses. */
public final class HostileTexts {
  /** What a policy could write, or a web page that it was trained on. */
  public static final List<String> ALL =
      List.of(
          "<script>alert(1)</script>",
          "</pre></details></body></html><script src=//example.org></script>",
          "<img src=x onerror=alert(1)>",
          "\" onmouseover=\"alert(1)",
          "'><svg/onload=alert(1)>",
          "<iframe srcdoc='<script>alert(1)</script>'>",
          "<a href='javascript:alert(1)'>x</a>",
          "<style>body{display:none}</style>",
          "<meta http-equiv=refresh content='0;url=//example.org'>",
          "<base href=//example.org>",
          "<form action=//example.org><input name=x autofocus onfocus=alert(1)>",
          "<!-- <b> -->",
          "--><script>alert(1)</script><!--",
          "<![CDATA[<script>alert(1)</script>]]>",
          "<?xml version='1.0'?>",
          "<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>&x;",
          "&lt;script&gt;alert(1)&lt;/script&gt;",
          "&#60;script&#62;",
          "&#x0;&#xd800;",
          "%s %1$s %n {} ${x} $(id)",
          "\u202eevil\u202c \u2066x\u2069",
          "\u001b[2J\u001b]0;owned\u0007\u009b31m",
          "a\u0000b\u0008c\u007f",
          "\ud800 alone, \udc00 alone",
          "\ufffe \uffff \ufeff",
          "x".repeat(20_005),
          "<b>".repeat(3_000),
          "\r\n\u2028\u2029\u0085",
          "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
          "<template><script>alert(1)</script></template>",
          "\ud83d\ude00 \u0301\u0301\u0301 \u200f\u0627");

  private HostileTexts() {}
}
