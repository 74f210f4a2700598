package dev.mirrorspark.template;

import dev.mirrorspark.template.Statement.Flow;
import dev.mirrorspark.template.TemplateToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the statements of a template into functions that run them. */
final class Parser {
  private final TokenCursor at;
  private final ExpressionParser expressions;
  private int loops;

  private Parser(List<TemplateToken> tokens) {
    at = new TokenCursor(tokens);
    expressions = new ExpressionParser(at);
  }

  /**
   * The statement that renders a whole template.
   *
   * @throws TemplateError if it is malformed, or uses what is not known here
   */
  static Statement parse(String template) {
    return new Parser(TemplateLexer.tokens(template)).body("the template");
  }

  /** Statements up to a tag of one of these names, at which the cursor then stands. */
  private Statement body(String what, String... ends) {
    int begun = at.line();
    var all = new ArrayList<Statement>();
    while (true) {
      TemplateToken token = at.next();
      switch (token.kind()) {
        case TEXT -> {
          String text = token.text();
          all.add(
              (scope, out) -> {
                out.append(text);
                return Flow.NEXT;
              });
        }
        case VALUE_BEGIN -> {
          Expression value = expressions.tuple(true);
          at.kind(Kind.VALUE_END, "'}}'");
          all.add(written(value).in(token.line()));
        }
        case BLOCK_BEGIN -> {
          if (at.here().kind() == Kind.NAME && Set.of(ends).contains(at.here().text())) {
            return sequence(all.toArray(Statement[]::new));
          }
          String tag = at.name();
          all.add(statement(tag, token.line()).in(token.line()));
        }
        default -> {
          if (ends.length > 0) {
            throw new TemplateError(
                what + " is not closed: {% " + ends[ends.length - 1] + " %} is missing", begun);
          }
          return sequence(all.toArray(Statement[]::new));
        }
      }
    }
  }

  private static Statement sequence(Statement[] all) {
    return (scope, out) -> {
      for (Statement one : all) {
        Flow flow = one.run(scope, out);
        if (flow != Flow.NEXT) {
          return flow;
        }
      }
      return Flow.NEXT;
    };
  }

  private static Statement written(Expression value) {
    return (scope, out) -> {
      out.append(Values.text(value.value(scope)));
      return Flow.NEXT;
    };
  }

  private void close() {
    at.kind(Kind.BLOCK_END, "'%}'");
  }

  private Statement statement(String tag, int line) {
    return switch (tag) {
      case "if" -> condition();
      case "for" -> loop();
      case "set" -> assignment();
      case "macro" -> macro(line);
      case "call" -> call();
      case "filter" -> filterBlock();
      case "with" -> with();
      case "generation" -> {
        close();
        Statement inner = function("generation");
        yield (scope, out) -> inner.run(scope.inner(), out);
      }
      case "break", "continue" -> {
        if (loops == 0) {
          throw new TemplateError("{% " + tag + " %} stands in no loop", line);
        }
        close();
        Flow flow = tag.equals("break") ? Flow.BREAK : Flow.CONTINUE;
        yield (scope, out) -> flow;
      }
      default -> throw new TemplateError("the tag {% " + tag + " %} is not known here", line);
    };
  }

  /** A body that is a function of its own, with its end tag: no loop around it can be left. */
  private Statement function(String tag) {
    int outside = loops;
    loops = 0;
    Statement inner = body("{% " + tag + " %}", "end" + tag);
    loops = outside;
    at.next();
    close();
    return inner;
  }

  private Statement condition() {
    Expression condition = expressions.tuple(false);
    close();
    Statement then = body("{% if %}", "elif", "else", "endif");
    String tag = at.name();
    Statement otherwise;
    if (tag.equals("elif")) {
      int line = at.line();
      otherwise = condition().in(line);
    } else if (tag.equals("else")) {
      close();
      otherwise = body("{% else %}", "endif");
      at.next();
      close();
    } else {
      close();
      otherwise = (scope, out) -> Flow.NEXT;
    }
    return (scope, out) ->
        Values.truth(condition.value(scope)) ? then.run(scope, out) : otherwise.run(scope, out);
  }

  private Statement loop() {
    Target target = target();
    at.name("in");
    Expression items = expressions.tuple(false);
    Expression filter = at.skipName("if") ? expressions.expression() : scope -> true;
    if (at.isName("recursive")) {
      throw at.error("recursive loops are not known here: '%}' is expected");
    }
    close();
    loops++;
    Statement body = body("{% for %}", "else", "endfor");
    loops--;
    Statement otherwise = (scope, out) -> Flow.NEXT;
    if (at.name().equals("else")) {
      close();
      otherwise = body("{% else %}", "endfor");
      at.next();
    }
    close();
    Statement none = otherwise;
    return (scope, out) -> {
      var kept = new ArrayList<Object>();
      for (Object item : Items.of(items.value(scope))) {
        Scope trial = scope.inner();
        target.set(trial, item);
        if (Values.truth(filter.value(trial))) {
          kept.add(item);
        }
      }
      if (kept.isEmpty()) {
        return none.run(scope.inner(), out);
      }
      var loop = new Loop(kept);
      for (Object item : kept) {
        loop.next();
        Scope turn = scope.inner();
        turn.set("loop", loop);
        target.set(turn, item);
        if (body.run(turn, out) == Flow.BREAK) {
          break;
        }
      }
      return Flow.NEXT;
    };
  }

  /** What a value is assigned to. */
  @FunctionalInterface
  private interface Target {
    void set(Scope scope, Object value);
  }

  private Target target() {
    var targets = new ArrayList<Target>();
    boolean several = false;
    do {
      if (at.isName("in") || at.isOperator("=") || at.isOperator(")")) {
        break;
      }
      if (at.skipOperator("(")) {
        targets.add(target());
        at.operator(")");
      } else {
        targets.add(single());
      }
      several |= at.isOperator(",");
    } while (at.skipOperator(","));
    if (targets.isEmpty()) {
      throw at.error("a name is expected");
    }
    if (!several) {
      return targets.get(0);
    }
    return (scope, value) -> {
      List<Object> items = Items.of(value);
      if (items.size() != targets.size()) {
        throw new TemplateError(
            items.size() + " values cannot be set to " + targets.size() + " names");
      }
      for (int i = 0; i < items.size(); i++) {
        targets.get(i).set(scope, items.get(i));
      }
    };
  }

  private Target single() {
    String name = at.name();
    if (!at.skipOperator(".")) {
      return (scope, value) -> scope.set(name, value);
    }
    String attribute = at.name();
    return (scope, value) -> {
      if (!(scope.get(name) instanceof Namespace space)) {
        throw new TemplateError("'" + name + "' is no namespace: " + attribute + " cannot be set");
      }
      space.values().put(attribute, value);
    };
  }

  private Statement assignment() {
    Target target = target();
    if (at.skipOperator("=")) {
      Expression value = expressions.tuple(true);
      close();
      return (scope, out) -> {
        target.set(scope, value.value(scope));
        return Flow.NEXT;
      };
    }
    Expression text = scope -> scope.get("\0");
    while (at.skipOperator("|")) {
      text = expressions.filter(text);
    }
    close();
    Statement inner = function("set");
    Expression filtered = text;
    return (scope, out) -> {
      target.set(scope, captured(inner, scope.inner(), filtered));
      return Flow.NEXT;
    };
  }

  /** What a statement writes, through the filters of an expression. */
  private static Object captured(Statement inner, Scope scope, Expression filtered) {
    var text = new StringBuilder();
    inner.run(scope, text);
    scope.set("\0", text.toString());
    return filtered.value(scope);
  }

  private Statement filterBlock() {
    Expression filtered = expressions.filter(scope -> scope.get("\0"));
    while (at.skipOperator("|")) {
      filtered = expressions.filter(filtered);
    }
    close();
    Statement inner = function("filter");
    Expression all = filtered;
    return (scope, out) -> {
      out.append(Values.text(captured(inner, scope.inner(), all)));
      return Flow.NEXT;
    };
  }

  private Statement with() {
    var targets = new ArrayList<Target>();
    var values = new ArrayList<Expression>();
    while (at.here().kind() != Kind.BLOCK_END) {
      if (!targets.isEmpty()) {
        at.operator(",");
      }
      targets.add(single());
      at.operator("=");
      values.add(expressions.expression());
    }
    close();
    Statement inner = body("{% with %}", "endwith");
    at.next();
    close();
    return (scope, out) -> {
      Scope own = scope.inner();
      for (int i = 0; i < values.size(); i++) {
        targets.get(i).set(own, values.get(i).value(scope));
      }
      return inner.run(own, out);
    };
  }

  private record Parameter(String name, Expression otherwise) {}

  private List<Parameter> parameters(String callee) {
    var parameters = new ArrayList<Parameter>();
    at.operator("(");
    while (!at.skipOperator(")")) {
      String name = at.name();
      Expression missing =
          scope -> new Missing(callee + ": the argument '" + name + "' is missing");
      parameters.add(
          new Parameter(name, at.skipOperator("=") ? expressions.expression() : missing));
      if (!at.isOperator(")")) {
        at.operator(",");
      }
    }
    return parameters;
  }

  private Statement macro(int line) {
    String name = at.name();
    var parameters = parameters(name);
    close();
    Statement inner = function("macro").in(line);
    return (scope, out) -> {
      scope.set(name, bound(name, parameters, inner, scope));
      return Flow.NEXT;
    };
  }

  /** A macro that sees the variables of the scope in which it stands. */
  private static Callable bound(
      String name, List<Parameter> parameters, Statement inner, Scope around) {
    String[] names = parameters.stream().map(Parameter::name).toArray(String[]::new);
    return arguments -> {
      Scope own = around.inner();
      var named = new java.util.HashMap<>(arguments.named());
      Object caller = named.remove("caller");
      own.set("caller", caller != null ? caller : new Missing("'caller' is undefined"));
      Object[] given = new Arguments(arguments.positional(), named).bind(name, names);
      for (int i = 0; i < given.length; i++) {
        boolean missing =
            i >= arguments.positional().size() && !arguments.named().containsKey(names[i]);
        own.set(names[i], missing ? parameters.get(i).otherwise().value(own) : given[i]);
      }
      var text = new StringBuilder();
      inner.run(own, text);
      return text.toString();
    };
  }

  private Statement call() {
    List<Parameter> parameters = at.isOperator("(") ? parameters("caller") : List.of();
    String callee = at.name();
    ExpressionParser.CallArguments arguments = expressions.arguments();
    close();
    Statement inner = function("call");
    return (scope, out) -> {
      if (!(scope.get(callee) instanceof Callable macro)) {
        throw new TemplateError("'" + callee + "' is no macro");
      }
      Arguments given = arguments.values(scope);
      var named = new java.util.HashMap<>(given.named());
      named.put("caller", bound("caller", parameters, inner, scope));
      out.append(Values.text(macro.call(new Arguments(given.positional(), Map.copyOf(named)))));
      return Flow.NEXT;
    };
  }
}
