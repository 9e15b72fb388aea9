// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/syntax.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

namespace mblab::mutate {
namespace {

using Kind = Node::Kind;

struct NotUnderstood {};

const std::set<std::string_view> type_words = {"struct", "union",  "enum",     "unsigned", "signed", "int",
                                               "long",   "short",  "char",     "void",     "bool",   "const",
                                               "static", "extern", "volatile", "float",    "double", "inline"};

/// How strongly an operator binds; 0 for what is none.
int strength(std::string_view sign)
{
    constexpr std::string_view of_strength[] = {",", "=",     "?",         "||",    "&&",  "|",    "^",
                                                "&", "== !=", "< > <= >=", "<< >>", "+ -", "* / %"};
    if (sign.size() > 1 && sign.ends_with('=') &&
        !std::ranges::count(std::initializer_list<std::string_view>{"==", "!=", "<=", ">="}, sign))
        return 2;
    for (size_t i = 0; i < std::size(of_strength); i++) {
        std::string_view rest = of_strength[i];
        while (!rest.empty()) {
            const std::string_view one = rest.substr(0, rest.find(' '));
            if (one == sign)
                return static_cast<int>(i) + 1;
            rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        }
    }
    return 0;
}

constexpr int of_comma = 1, of_assignment = 2, of_conditional = 3;

class Parser {
  public:
    explicit Parser(const std::vector<Token> &tokens) : tokens_(tokens) {}

    Syntax read()
    {
        Syntax all;
        for (size_t i = 1; i + 1 < tokens_.size(); i++) {
            if (tokens_[i - 1].kind == Token::Kind::macro) {
                i = macro(all, i - 1);
                continue;
            }
            if (!is_body(i))
                continue;
            const size_t open = opening(i - 1);
            Function function{tokens_[open - 1].text, joined(tokens_, open + 1, i - 1), {}};
            at_ = i;
            try {
                function.body = block();
                all.functions.push_back(std::move(function));
            } catch (const NotUnderstood &) {
                all.unread.push_back(function.name);
            }
            while (i + 1 < tokens_.size() && (!tokens_[i].is("}") || tokens_[i].column != 1))
                i++;
        }
        return all;
    }

  private:
    /// A loop without what it repeats, or an expression. Returns where it ends.
    size_t macro(Syntax &all, size_t directive)
    {
        size_t end = directive + 1;
        while (tokens_[end].kind != Token::Kind::directive)
            end++;
        std::string_view name = tokens_[directive].text;
        name.remove_prefix(std::min(name.find_first_not_of(" \t", 7), name.size()));
        name = name.substr(0, name.find('('));
        at_ = directive + 1;
        try {
            Node body = is("for") ? loop_head() : expression(of_comma);
            if (at_ != end)
                throw NotUnderstood();
            all.functions.push_back({name, "", std::move(body), true});
        } catch (const NotUnderstood &) {
            all.unread.push_back(name);
        }
        return end;
    }

    Node loop_head()
    {
        const size_t first = take("for");
        take("(");
        std::vector<Node> children;
        for (const char *sign : {";", ";", ")"}) {
            children.push_back(expression(of_comma));
            take(sign);
        }
        Node made = node(Kind::choice, first, first, std::move(children));
        made.condition = 1;
        return made;
    }

    bool is_body(size_t i) const
    {
        return tokens_[i].is("{") && tokens_[i].column == 1 && tokens_[i - 1].is(")") && opening(i - 1) > 0;
    }

    /// Where the parentheses that end there begin; 0 where they do not.
    size_t opening(size_t close) const
    {
        size_t depth = 0;
        for (size_t i = close; i > 0; i--) {
            depth += tokens_[i].is(")");
            depth -= tokens_[i].is("(");
            if (depth == 0)
                return i;
        }
        return 0;
    }

    const Token &now() const { return tokens_[at_]; }
    const Token &next(size_t ahead = 1) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    bool is(std::string_view what) const { return now().is(what); }
    bool is_word() const { return now().kind == Token::Kind::word; }

    size_t take()
    {
        if (now().kind == Token::Kind::end)
            throw NotUnderstood();
        return at_++;
    }
    size_t take(std::string_view what)
    {
        if (!is(what))
            throw NotUnderstood();
        return take();
    }

    Node node(Kind kind, size_t first, size_t op, std::vector<Node> children = {}) const
    {
        return {kind, first, at_, op, ~size_t{0}, std::move(children)};
    }

    /// Up to and with what closes the bracket here.
    Node skip_brackets(size_t first)
    {
        int depth = 0;
        do {
            if (now().kind == Token::Kind::directive)
                throw NotUnderstood();
            depth += is("(") || is("[") || is("{");
            depth -= is(")") || is("]") || is("}");
            take();
        } while (depth > 0);
        return node(Kind::opaque, first, first);
    }

    // ---- statements ----

    Node block()
    {
        const size_t first = take("{");
        std::vector<Node> children;
        while (!is("}"))
            if (now().kind == Token::Kind::directive)
                take();
            else
                children.push_back(statement());
        take();
        return node(Kind::block, first, first, std::move(children));
    }

    Node statement()
    {
        const size_t first = at_;
        if (is("{"))
            return block();
        if (is(";")) {
            take();
            return node(Kind::other, first, first);
        }
        if (is("if") || is("while") || is("switch") || is("for") || is("do"))
            return choice();
        if (is("break") || is("continue") || is("goto"))
            return jump();
        if (is("return"))
            return returns();
        if (is("case") || is("default") || (is_word() && next().is(":")))
            return label();
        if (is_declaration())
            return declaration();
        if (const std::optional<Node> loop = macro_loop())
            return *loop;
        std::vector<Node> children;
        children.push_back(expression(of_comma));
        take(";");
        return node(Kind::expression, first, first, std::move(children));
    }

    Node jump()
    {
        const size_t first = take();
        if (tokens_[first].is("goto"))
            take();
        take(";");
        return node(Kind::jump, first, first);
    }

    Node returns()
    {
        const size_t first = take();
        std::vector<Node> children;
        if (!is(";"))
            children.push_back(expression(of_comma));
        take(";");
        return node(Kind::returns, first, first, std::move(children));
    }

    Node label()
    {
        const size_t first = at_;
        while (!is(":"))
            take();
        take();
        return node(Kind::other, first, first);
    }

    Node choice()
    {
        const size_t first = take();
        const Token &word = tokens_[first];
        std::vector<Node> children;
        size_t condition = ~size_t{0};
        if (word.is("do")) {
            children.push_back(statement());
            take("while");
        }
        take("(");
        if (word.is("for")) {
            for (const char *end : {";", ";", ")"}) {
                if (children.empty() && is_declaration()) {
                    children.push_back(declaration());
                    continue;
                }
                if (!is(end)) {
                    if (*end == ';' && tokens_[at_ - 1].is(";"))
                        condition = children.size();
                    children.push_back(expression(of_comma));
                }
                take(end);
            }
        } else {
            condition = word.is("switch") ? condition : children.size();
            children.push_back(expression(of_comma));
            take(")");
        }
        if (word.is("do"))
            take(";");
        else
            children.push_back(body());
        if (word.is("if") && is("else")) {
            take();
            children.push_back(body());
        }
        Node made = node(Kind::choice, first, first, std::move(children));
        made.condition = condition;
        return made;
    }

    Node body()
    {
        while (now().kind == Token::Kind::directive)
            take();
        return statement();
    }

    /// for_each_something(...) with what it repeats.
    std::optional<Node> macro_loop()
    {
        if (!is_word() || !next().is("("))
            return std::nullopt;
        const size_t first = at_;
        take();
        skip_brackets(at_);
        const bool is_loop = is("{") || is_word();
        at_ = first;
        if (!is_loop)
            return std::nullopt;
        std::vector<Node> children = expression(of_conditional).children;
        for (Node &child : children) // an argument may be assigned to
            if (child.kind == Kind::prefix || child.kind == Kind::name)
                child = {Kind::opaque, child.first, child.last, child.first, ~size_t{0}, {}};
        children.push_back(body());
        return node(Kind::choice, first, first, std::move(children));
    }

    bool is_declaration() const
    {
        if (!is_word())
            return false;
        if (type_words.contains(now().text))
            return true;
        size_t ahead = 1;
        while (next(ahead).is("*"))
            ahead++;
        if (next(ahead).kind != Token::Kind::word)
            return false;
        const Token &after = next(ahead + 1);
        return after.is("=") || after.is(";") || after.is(",") || after.is("[") ||
               (ahead == 1 && after.kind == Token::Kind::word) || (ahead == 1 && after.is("*"));
    }

    Node declaration()
    {
        const size_t first = at_;
        const bool is_static = is("static");
        std::vector<Node> children;
        while (!is(";")) {
            if (now().kind == Token::Kind::directive)
                throw NotUnderstood();
            if (is("(") || is("[") || is("{")) {
                skip_brackets(at_);
            } else if (is("=") && !is_static && !next().is("{")) {
                take();
                children.push_back(expression(of_assignment));
            } else {
                take();
            }
        }
        take();
        return node(Kind::declaration, first, first, std::move(children));
    }

    // ---- expressions ----

    Node expression(int least)
    {
        Node left = operand();
        while (now().kind == Token::Kind::sign) {
            const int binds = strength(now().text);
            if (binds == 0 || binds < least)
                break;
            const size_t op = take();
            std::vector<Node> children;
            const size_t first = left.first;
            children.push_back(std::move(left));
            if (binds == of_conditional) {
                if (!is(":")) // "a ?: b"
                    children.push_back(expression(of_comma));
                take(":");
                children.push_back(expression(of_conditional));
                left = node(Kind::conditional, first, op, std::move(children));
                continue;
            }
            children.push_back(expression(binds == of_assignment ? binds : binds + 1));
            left = node(Kind::binary, first, op, std::move(children));
        }
        return left;
    }

    /// Whether a parenthesis begins a cast: a type in it, an operand behind it.
    bool is_cast() const
    {
        if (!next().text.ends_with("_t") && !type_words.contains(next().text) &&
            !std::set<std::string_view>{"u8", "u16", "u32", "u64", "s32", "s64"}.contains(next().text))
            return false;
        size_t ahead = 1;
        while (next(ahead).kind == Token::Kind::word || next(ahead).is("*"))
            ahead++;
        return next(ahead).is(")");
    }

    Node operand()
    {
        const size_t first = at_;
        if (is("sizeof") || is("typeof") || is("__typeof__")) {
            take();
            if (is("("))
                return skip_brackets(first);
            operand();
            return node(Kind::opaque, first, first);
        }
        for (const char *sign : {"!", "~", "-", "+", "*", "&", "++", "--"})
            if (is(sign)) {
                take();
                std::vector<Node> children;
                children.push_back(operand());
                return node(Kind::prefix, first, first, std::move(children));
            }
        if (is("(") && is_cast()) {
            skip_brackets(at_);
            std::vector<Node> children;
            children.push_back(operand());
            return node(Kind::parentheses, first, first, std::move(children));
        }
        return with_suffixes(primary());
    }

    Node primary()
    {
        const size_t first = at_;
        if (is("{") || (is("(") && next().is("{")))
            return skip_brackets(first);
        if (is("(")) {
            take();
            std::vector<Node> children;
            children.push_back(expression(of_comma));
            take(")");
            return node(Kind::parentheses, first, first, std::move(children));
        }
        const Token::Kind kind = now().kind;
        if (kind == Token::Kind::text) {
            while (now().kind == Token::Kind::text || is_word())
                take();
            return node(Kind::opaque, first, first);
        }
        if (kind != Token::Kind::word && kind != Token::Kind::number)
            throw NotUnderstood();
        if (type_words.contains(now().text)) // as an argument of a macro
            while (is_word() || is("*"))
                take();
        else
            take();
        return node(type_words.contains(tokens_[first].text) ? Kind::opaque
                    : kind == Token::Kind::word              ? Kind::name
                                                             : Kind::number,
                    first, first);
    }

    Node with_suffixes(Node inner)
    {
        const size_t first = inner.first;
        while (true) {
            std::vector<Node> children;
            children.push_back(std::move(inner));
            const size_t op = at_;
            if (is("(")) {
                take();
                while (!is(")")) {
                    children.push_back(expression(of_assignment));
                    if (!is(")"))
                        take(",");
                }
                take();
                inner = node(Kind::call, first, op, std::move(children));
            } else if (is("[")) {
                take();
                children.push_back(expression(of_comma));
                take("]");
                inner = node(Kind::index, first, op, std::move(children));
            } else if (is(".") || is("->")) {
                take();
                const size_t name = take();
                inner = node(Kind::member, first, name, std::move(children));
            } else if (is("++") || is("--")) {
                take();
                inner = node(Kind::postfix, first, op, std::move(children));
            } else {
                return std::move(children.front());
            }
        }
    }

    const std::vector<Token> &tokens_;
    size_t at_ = 0;
};

} // namespace

Syntax read_functions(const std::vector<Token> &tokens)
{
    return Parser(tokens).read();
}

} // namespace mblab::mutate
