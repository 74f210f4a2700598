package dev.mirrorspark.template;

import dev.mirrorspark.template.TemplateToken.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads expressions, in Jinja's order of operators. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Expression NOTHING = scope -> None.NONE;

  private final TokenCursor at;

  ExpressionParser(TokenCursor at) {
    this.at = at;
  }

  /** One expression, or several with commas between: a tuple. */
  Expression tuple(boolean withCondition) {
    var items = new ArrayList<Expression>();
    boolean comma = false;
    while (!ends()) {
      items.add(withCondition ? expression() : or());
      if (!at.skipOperator(",")) {
        break;
      }
      comma = true;
    }
    if (!comma) {
      if (items.isEmpty()) {
        throw at.error("an expression is expected");
      }
      return items.get(0);
    }
    return scope -> new Tuple(values(items, scope));
  }

  private boolean ends() {
    Kind kind = at.here().kind();
    return kind == Kind.VALUE_END || kind == Kind.BLOCK_END || at.isOperator(")");
  }

  private static List<Object> values(List<Expression> items, Scope scope) {
    var values = new ArrayList<Object>(items.size());
    for (Expression item : items) {
      values.add(item.value(scope));
    }
    return values;
  }

  Expression expression() {
    Expression then = or();
    while (at.skipName("if")) {
      Expression value = then;
      Expression condition = or();
      Expression otherwise =
          at.skipName("else")
              ? expression()
              : scope -> new Missing("the condition is false and there is no 'else'");
      then =
          scope ->
              Values.truth(condition.value(scope)) ? value.value(scope) : otherwise.value(scope);
    }
    return then;
  }

  private Expression or() {
    Expression all = and();
    while (at.skipName("or")) {
      Expression left = all;
      Expression right = and();
      all =
          scope -> {
            Object value = left.value(scope);
            return Values.truth(value) ? value : right.value(scope);
          };
    }
    return all;
  }

  private Expression and() {
    Expression all = not();
    while (at.skipName("and")) {
      Expression left = all;
      Expression right = not();
      all =
          scope -> {
            Object value = left.value(scope);
            return Values.truth(value) ? right.value(scope) : value;
          };
    }
    return all;
  }

  private Expression not() {
    if (at.skipName("not")) {
      Expression inner = not();
      return scope -> !Values.truth(inner.value(scope));
    }
    return comparison();
  }

  private Expression comparison() {
    Expression first = sum();
    var operators = new ArrayList<String>();
    var others = new ArrayList<Expression>();
    while (true) {
      if (at.here().kind() == Kind.OPERATOR && COMPARISONS.contains(at.here().text())) {
        operators.add(at.next().text());
      } else if (at.skipName("in")) {
        operators.add("in");
      } else if (at.isName("not") && at.ahead().is(Kind.NAME, "in")) {
        at.next();
        at.next();
        operators.add("not in");
      } else {
        break;
      }
      others.add(sum());
    }
    if (operators.isEmpty()) {
      return first;
    }
    return scope -> {
      Object left = first.value(scope);
      for (int i = 0; i < operators.size(); i++) {
        Object right = others.get(i).value(scope);
        if (!Operators.compares(operators.get(i), left, right)) {
          return false;
        }
        left = right;
      }
      return true;
    };
  }

  private Expression sum() {
    Expression all = concatenation();
    while (at.isOperator("+") || at.isOperator("-")) {
      all = applied(at.next().text(), all, concatenation());
    }
    return all;
  }

  private Expression concatenation() {
    Expression first = product();
    if (!at.isOperator("~")) {
      return first;
    }
    var parts = new ArrayList<>(List.of(first));
    while (at.skipOperator("~")) {
      parts.add(product());
    }
    return scope -> {
      var text = new StringBuilder();
      for (Expression part : parts) {
        text.append(Values.text(part.value(scope)));
      }
      return text.toString();
    };
  }

  private Expression product() {
    Expression all = power();
    while (at.isOperator("*") || at.isOperator("/") || at.isOperator("//") || at.isOperator("%")) {
      all = applied(at.next().text(), all, power());
    }
    return all;
  }

  private Expression power() {
    Expression all = unary(true);
    while (at.isOperator("**")) {
      all = applied(at.next().text(), all, unary(true));
    }
    return all;
  }

  private static Expression applied(String operator, Expression left, Expression right) {
    return scope -> Operators.apply(operator, left.value(scope), right.value(scope));
  }

  private Expression unary(boolean withFilter) {
    Expression value;
    if (at.skipOperator("-")) {
      Expression inner = unary(false);
      value = scope -> Operators.negated(inner.value(scope));
    } else if (at.skipOperator("+")) {
      Expression inner = unary(false);
      value = scope -> Operators.apply("+", 0L, inner.value(scope));
    } else {
      value = primary();
    }
    value = postfix(value);
    return withFilter ? filtered(value) : value;
  }

  private Expression primary() {
    TemplateToken token = at.next();
    switch (token.kind()) {
      case NAME -> {
        return name(token.text());
      }
      case STRING -> {
        var text = new StringBuilder(token.text());
        while (at.here().kind() == Kind.STRING) {
          text.append(at.next().text());
        }
        return constant(text.toString());
      }
      case NUMBER -> {
        return constant(token.number());
      }
      case OPERATOR -> {
        switch (token.text()) {
          case "(" -> {
            if (at.skipOperator(")")) {
              return constant(new Tuple(List.of()));
            }
            Expression inner = tuple(true);
            at.operator(")");
            return inner;
          }
          case "[" -> {
            var items = new ArrayList<Expression>();
            while (!at.skipOperator("]")) {
              items.add(expression());
              comma("]");
            }
            return scope -> values(items, scope);
          }
          case "{" -> {
            return dict();
          }
          default -> {}
        }
      }
      default -> {}
    }
    throw new TemplateError("an expression is expected, not " + token.shown(), token.line());
  }

  private void comma(String close) {
    if (!at.isOperator(close)) {
      at.operator(",");
    }
  }

  private static Expression constant(Object value) {
    return scope -> value;
  }

  private static Expression name(String name) {
    return switch (name) {
      case "true", "True" -> constant(true);
      case "false", "False" -> constant(false);
      case "none", "None" -> NOTHING;
      default -> scope -> scope.get(name);
    };
  }

  private Expression dict() {
    var keys = new ArrayList<Expression>();
    var items = new ArrayList<Expression>();
    while (!at.skipOperator("}")) {
      keys.add(expression());
      at.operator(":");
      items.add(expression());
      comma("}");
    }
    return scope -> {
      var dict = new LinkedHashMap<Object, Object>();
      for (int i = 0; i < keys.size(); i++) {
        dict.put(keys.get(i).value(scope), items.get(i).value(scope));
      }
      return dict;
    };
  }

  /** Attributes, items, slices and calls after a value. */
  private Expression postfix(Expression before) {
    Expression value = before;
    while (true) {
      if (at.skipOperator(".")) {
        value = dotted(value);
      } else if (at.skipOperator("[")) {
        value = subscript(value);
      } else if (at.isOperator("(")) {
        value = call(value);
      } else {
        return value;
      }
    }
  }

  private Expression dotted(Expression holder) {
    if (at.here().kind() == Kind.NUMBER) {
      Object index = at.next().number();
      return scope -> Items.at(holder.value(scope), index);
    }
    String name = at.name();
    if (at.isOperator("(")) {
      CallArguments arguments = arguments();
      return scope -> {
        Object value = holder.value(scope);
        return Methods.has(value, name)
            ? Methods.call(value, name, arguments.values(scope))
            : called(Items.attribute(value, name), arguments, scope);
      };
    }
    return scope -> Items.attribute(holder.value(scope), name);
  }

  private Expression subscript(Expression holder) {
    Expression from = at.isOperator(":") ? NOTHING : expression();
    if (!at.isOperator(":")) {
      at.operator("]");
      return scope -> Items.at(holder.value(scope), from.value(scope));
    }
    at.next();
    Expression to = at.isOperator(":") || at.isOperator("]") ? NOTHING : expression();
    Expression step = at.skipOperator(":") && !at.isOperator("]") ? expression() : NOTHING;
    at.operator("]");
    return scope ->
        Items.slice(holder.value(scope), from.value(scope), to.value(scope), step.value(scope));
  }

  private Expression call(Expression callee) {
    CallArguments arguments = arguments();
    return scope -> called(callee.value(scope), arguments, scope);
  }

  private static Object called(Object callee, CallArguments arguments, Scope scope) {
    if (callee instanceof Missing undefined) {
      throw undefined.error();
    }
    if (!(callee instanceof Callable function)) {
      throw new TemplateError(Values.named(callee) + " cannot be called");
    }
    return function.call(arguments.values(scope));
  }

  /** The arguments of a call as the template has them. */
  record CallArguments(List<Expression> positional, Map<String, Expression> named) {
    Arguments values(Scope scope) {
      if (named.isEmpty()) {
        return new Arguments(ExpressionParser.values(positional, scope), Map.of());
      }
      var byName = new LinkedHashMap<String, Object>();
      named.forEach((name, value) -> byName.put(name, value.value(scope)));
      return new Arguments(ExpressionParser.values(positional, scope), byName);
    }
  }

  CallArguments arguments() {
    var positional = new ArrayList<Expression>();
    var named = new LinkedHashMap<String, Expression>();
    at.operator("(");
    while (!at.skipOperator(")")) {
      if (at.isOperator("*") || at.isOperator("**")) {
        throw at.error("arguments given by '*' are not known here: an expression is expected");
      }
      if (at.here().kind() == Kind.NAME && at.ahead().is(Kind.OPERATOR, "=")) {
        String name = at.name();
        at.next();
        named.put(name, expression());
      } else if (named.isEmpty()) {
        positional.add(expression());
      } else {
        throw at.error("an argument by name is expected");
      }
      comma(")");
    }
    return new CallArguments(positional, named);
  }

  /** Filters and tests after a value. */
  private Expression filtered(Expression before) {
    Expression value = before;
    while (true) {
      if (at.skipOperator("|")) {
        value = filter(value);
      } else if (at.isName("is")) {
        value = test(value);
      } else if (at.isOperator("(")) {
        value = call(value);
      } else {
        return value;
      }
    }
  }

  Expression filter(Expression value) {
    int line = at.line();
    String name = at.name();
    if (!Filters.has(name)) {
      throw new TemplateError("there is no filter '" + name + "'", line);
    }
    CallArguments arguments =
        at.isOperator("(") ? arguments() : new CallArguments(List.of(), Map.of());
    return scope -> Filters.apply(name, value.value(scope), arguments.values(scope));
  }

  private Expression test(Expression value) {
    at.next();
    boolean wanted = !at.skipName("not");
    int line = at.line();
    String name = at.name();
    if (!Tests.has(name)) {
      throw new TemplateError("there is no test '" + name + "'", line);
    }
    CallArguments arguments = testArguments();
    return scope -> Tests.holds(name, value.value(scope), arguments.values(scope)) == wanted;
  }

  private CallArguments testArguments() {
    if (at.isOperator("(")) {
      return arguments();
    }
    boolean given =
        switch (at.here().kind()) {
          case STRING, NUMBER -> true;
          case NAME -> !Set.of("else", "or", "and", "is").contains(at.here().text());
          case OPERATOR -> at.isOperator("[") || at.isOperator("{");
          default -> false;
        };
    return new CallArguments(given ? List.of(postfix(primary())) : List.of(), Map.of());
  }
}
