// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/tokens.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <initializer_list>

namespace mblab::mutate {
namespace {

constexpr std::string_view long_signs[] = {"<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==",
                                           "!=",  "&&",  "||",  "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="};

bool is_of_word(char letter)
{
    return std::isalnum(static_cast<unsigned char>(letter)) || letter == '_';
}

class Reader {
  public:
    Reader(std::string_view text, bool with_macros) : text_(text), with_macros_(with_macros) {}

    std::vector<Token> read()
    {
        while (skip_blanks(), at_ < text_.size())
            take(text_[at_]);
        add(Token::Kind::end, at_);
        return std::move(tokens_);
    }

  private:
    void take(char first)
    {
        if (first == '#' && is_first_)
            return directive(end_of_directive());
        if (first == '"' || first == '\'')
            return add(Token::Kind::text, end_of_text(first));
        if (is_of_word(first)) {
            const auto end = std::find_if_not(text_.begin() + static_cast<ptrdiff_t>(at_), text_.end(), is_of_word);
            const bool is_number = std::isdigit(static_cast<unsigned char>(first));
            return add(is_number ? Token::Kind::number : Token::Kind::word, static_cast<size_t>(end - text_.begin()));
        }
        const auto sign = std::ranges::find_if(
            long_signs, [&](std::string_view known) { return text_.substr(at_).starts_with(known); });
        add(Token::Kind::sign, at_ + (sign == std::end(long_signs) ? 1 : sign->size()));
    }

    void directive(size_t end)
    {
        const size_t open = text_.find_first_of(" \t(\n", std::min(text_.find_first_not_of(" \t", at_ + 7), end));
        if (!with_macros_ || !text_.substr(at_).starts_with("#define") || open >= end || text_[open] != '(')
            return add(Token::Kind::directive, end);
        add(Token::Kind::macro, std::min(text_.find(')', open) + 1, end));
        while (skip_blanks(), at_ < end)
            take(text_[at_]);
        add(Token::Kind::directive, at_);
        is_first_ = true;
    }

    void add(Token::Kind kind, size_t end)
    {
        tokens_.push_back(
            {kind, at_, end, line_, static_cast<unsigned>(at_ - line_begin_) + 1, text_.substr(at_, end - at_)});
        is_first_ = false;
        pass(end);
    }

    void pass(size_t end)
    {
        for (; at_ < end; at_++)
            if (text_[at_] == '\n') {
                line_++;
                line_begin_ = at_ + 1;
                is_first_ = true;
            }
    }

    void skip_blanks()
    {
        for (size_t before = text_.size() + 1; before != at_ && at_ < text_.size();) {
            before = at_;
            if (std::isspace(static_cast<unsigned char>(text_[at_])))
                pass(at_ + 1);
            else if (text_.substr(at_).starts_with("\\\n"))
                pass(at_ + 2);
            else if (text_.substr(at_).starts_with("//"))
                pass(std::min(text_.find('\n', at_), text_.size()));
            else if (text_.substr(at_).starts_with("/*"))
                pass(std::min(text_.find("*/", at_ + 2), text_.size() - 2) + 2);
        }
    }

    /// A comment in it may go on over lines, a backslash does.
    size_t end_of_directive() const
    {
        for (size_t i = at_; i < text_.size(); i++)
            if (text_.substr(i).starts_with("/*"))
                i = std::min(text_.find("*/", i + 2), text_.size() - 2) + 1;
            else if (text_[i] == '\n' && text_[i - 1] != '\\')
                return i;
        return text_.size();
    }

    size_t end_of_text(char quote) const
    {
        size_t i = at_ + 1;
        while (i < text_.size() && text_[i] != quote)
            i += text_[i] == '\\' ? 2 : 1;
        return std::min(i + 1, text_.size());
    }

    std::string_view text_;
    size_t at_ = 0, line_begin_ = 0;
    unsigned line_ = 1;
    bool is_first_ = true; // in its line
    bool with_macros_;
    std::vector<Token> tokens_;
};

} // namespace

std::vector<Token> read_tokens(std::string_view text, bool with_macros)
{
    return Reader(text, with_macros).read();
}

namespace {

bool is_one_of(const Token &token, std::initializer_list<std::string_view> signs)
{
    return std::ranges::any_of(signs, [&](std::string_view sign) { return token.is(sign); });
}

bool is_operand(const Token &token)
{
    return (token.kind != Token::Kind::sign && !token.is("return")) || is_one_of(token, {")", "]"});
}

/// Whether people write no blank before that one.
bool is_close(const std::vector<Token> &tokens, size_t first, size_t right)
{
    const Token &left = tokens[right - 1], &is = tokens[right];
    const bool is_prefix =
        is_one_of(left, {"-", "+", "&", "*"}) && (right < first + 2 || !is_operand(tokens[right - 2]));
    return is_prefix || is_one_of(left, {"(", "[", ".", "->", "!", "~"}) ||
           is_one_of(is, {")", "]", ",", ";", ".", "->"}) ||
           (is_operand(left) && is_one_of(is, {"(", "[", "++", "--"}));
}

} // namespace

std::string joined(const std::vector<Token> &tokens, size_t first, size_t last)
{
    std::string line;
    for (size_t i = first; i < last; i++)
        line.append(line.empty() || is_close(tokens, first, i) ? "" : " ").append(tokens[i].text);
    return line;
}

} // namespace mblab::mutate
