// SPDX-License-Identifier: GPL-2.0-or-later
#include "apps/mutate/mutants.hpp"

#include "apps/mutate/syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace mblab::mutate {
namespace {

using Kind = Node::Kind;

/// What becomes of an operator, the boundary first.
struct Exchange {
    std::string_view sign, what;
    std::vector<std::string_view> becomes;
};
const Exchange exchanges[] = {
    {"<", "relation", {"<=", ">"}},    {"<=", "relation", {"<", ">="}},   {">", "relation", {">=", "<"}},
    {">=", "relation", {">", "<="}},   {"==", "relation", {"!="}},        {"!=", "relation", {"=="}},
    {"&&", "relation", {"||"}},        {"||", "relation", {"&&"}},        {"+", "arithmetic", {"-"}},
    {"-", "arithmetic", {"+"}},        {"*", "arithmetic", {"+"}},        {"/", "arithmetic", {"*"}},
    {"%", "arithmetic", {"/"}},        {"<<", "arithmetic", {">>"}},      {">>", "arithmetic", {"<<"}},
    {"&", "arithmetic", {"|"}},        {"|", "arithmetic", {"&"}},        {"^", "arithmetic", {"&"}},
    {"+=", "arithmetic", {"-=", "="}}, {"-=", "arithmetic", {"+=", "="}}, {"|=", "arithmetic", {"&=", "="}},
    {"&=", "arithmetic", {"|=", "="}}, {"<<=", "arithmetic", {">>="}},    {">>=", "arithmetic", {"<<="}},
    {"++", "arithmetic", {"--"}},      {"--", "arithmetic", {"++"}},
};

/// Names of which each may stand where the other does.
constexpr std::pair<std::string_view, std::string_view> siblings[] = {
    {"round_up", "round_down"},
    {"ALIGN", "ALIGN_DOWN"},
    {"min", "max"},
    {"PFN_UP", "PFN_DOWN"},
    {"pageblock_start_pfn", "pageblock_align"},
    {"MEMBLOCK_ALLOC_ACCESSIBLE", "MEMBLOCK_ALLOC_NOLEAKTRACE"},
    {"NUMA_NO_NODE", "MAX_NUMNODES"},
    {"memory", "reserved"}, // of memblock.
};

std::string_view sibling_of(std::string_view name)
{
    for (const auto &[one, other] : siblings)
        if (name == one || name == other)
            return name == one ? other : one;
    return {};
}

class Finder {
  public:
    Finder(std::string_view source, bool is_header, const std::vector<std::string> &flags, const IsWanted &is_wanted)
        : is_header_(is_header), tokens_(read_tokens(source, is_header)), syntax_(read_functions(tokens_)),
          flags_(flags), is_wanted_(is_wanted)
    {
    }

    MutantList run()
    {
        for (const Function &function : syntax_.functions) {
            function_ = &function;
            if (function.body.is_statement())
                statement(function.body);
            else
                expression(function.body);
        }
        const auto place = [](const Mutant &mutant) { return std::tie(mutant.line, mutant.column, mutant.what); };
        std::ranges::stable_sort(list_.all, [&](const Mutant &a, const Mutant &b) { return place(a) < place(b); });
        for (size_t i = 1; i < list_.all.size(); i++)
            if (place(list_.all[i]) == place(list_.all[i - 1]))
                list_.all[i].variation = list_.all[i - 1].variation + 1;
        std::map<std::string, unsigned> alike;
        for (Mutant &mutant : list_.all)
            mutant.occurrence = ++alike[mutant.title()];
        list_.unread.assign(syntax_.unread.begin(), syntax_.unread.end());
        return std::move(list_);
    }

  private:
    std::string text(size_t first, size_t last) const { return joined(tokens_, first, last); }
    std::string text(const Node &node) const { return text(node.first, node.last); }
    /// As an operand of any operator.
    std::string operand(const Node &node) const
    {
        const bool is_loose = node.kind == Kind::binary || node.kind == Kind::conditional;
        return is_loose ? fmt::format("({})", text(node)) : text(node);
    }

    void add(const Node &node, size_t token, std::string_view what, std::string becomes)
    {
        const Token &at = tokens_[token];
        if (!is_wanted_(at.line, function_->is_macro))
            return;
        // The whole of a statement is exchanged as one: what is a macro of a statement is no expression.
        const bool is_whole =
            whole_ && whole_->children.front().first == node.first && whole_->children.front().last == node.last;
        const Node &replaced = is_whole ? *whole_ : node;
        Mutant mutant{is_header_,
                      function_->is_macro,
                      at.line,
                      at.column,
                      what,
                      1,
                      1,
                      std::string(function_->name),
                      text(node),
                      std::move(becomes),
                      tokens_[replaced.first].begin,
                      tokens_[replaced.last - 1].end,
                      replaced.is_statement()};
        list_.all.push_back(std::move(mutant));
    }

    // ---- statements ----

    void statement(const Node &node)
    {
        const bool is_dropped = node.kind == Kind::expression || node.kind == Kind::jump;
        whole_ = is_dropped && node.kind == Kind::expression ? &node : nullptr;
        if (node.kind == Kind::expression)
            add(node.children.front(), node.first, "drop", "");
        else if (is_dropped)
            add(node, node.first, "drop", "");
        for (size_t i = 0; i < node.children.size(); i++) {
            const Node &child = node.children[i];
            if (child.is_statement()) {
                statement(child);
                continue;
            }
            // What becomes of "a == b" as a relation is the same.
            if (i == node.condition && (child.kind != Kind::binary || !is_equality(tokens_[child.op].text)))
                add(child, child.first, "negate", "!" + operand(child));
            expression(child, i == node.condition);
        }
        whole_ = nullptr;
    }

    // ---- expressions ----

    void expression(const Node &node, bool is_condition = false)
    {
        switch (node.kind) {
        case Kind::binary:
        case Kind::postfix:
            exchange(node);
            break;
        case Kind::prefix:
            prefix(node, is_condition);
            break;
        case Kind::number:
            number(node);
            break;
        case Kind::name:
            name(node);
            break;
        case Kind::call:
            if (&node != &function_->body) // of a macro: another macro, which may be a loop and no expression
                call(node);
            break;
        case Kind::member:
            member(node);
            break;
        case Kind::conditional:
            add(node.children.front(), node.first, "negate", "!" + operand(node.children.front()));
            break;
        default:
            break;
        }
        for (size_t i = 0; i < node.children.size(); i++)
            if (assigns_to(node, i))
                place(node.children[i]);
            else
                expression(node.children[i]);
    }

    bool assigns_to(const Node &node, size_t child) const
    {
        const std::string_view op = tokens_[node.op].text;
        const bool is_assignment = op.ends_with('=') && op != "==" && op != "!=" && op != "<=" && op != ">=";
        return (node.kind == Kind::binary && child == 0 && is_assignment) || node.kind == Kind::postfix ||
               (node.kind == Kind::prefix && (op == "&" || op == "++" || op == "--")) ||
               (node.kind == Kind::call && child == 0);
    }

    /// What names a place in memory, and is to go on doing so: only what it is found by is changed.
    void place(const Node &node)
    {
        if (node.kind == Kind::index) {
            place(node.children[0]);
            expression(node.children[1]);
        } else if (node.kind == Kind::member || node.kind == Kind::parentheses) {
            place(node.children[0]);
        } else if (node.kind == Kind::prefix || node.kind == Kind::call) {
            for (size_t i = node.kind == Kind::call; i < node.children.size(); i++)
                expression(node.children[i]);
        }
    }

    void exchange(const Node &node)
    {
        const std::string_view sign = tokens_[node.op].text;
        const auto known = std::ranges::find(exchanges, sign, &Exchange::sign);
        if (known == std::end(exchanges))
            return;
        for (const std::string_view becomes : known->becomes)
            if (node.kind == Kind::postfix)
                add(node, node.op, known->what, fmt::format("{}{}", text(node.children[0]), becomes));
            else
                add(node, node.op, known->what,
                    is_assignment(becomes)
                        ? fmt::format("{} {} {}", text(node.children[0]), becomes, text(node.children[1]))
                        : fmt::format("{} {} {}", operand(node.children[0]), becomes, operand(node.children[1])));
    }

    static bool is_equality(std::string_view sign) { return sign == "==" || sign == "!="; }

    static bool is_assignment(std::string_view sign)
    {
        return sign.ends_with('=') && sign != "<=" && sign != ">=" && sign != "==" && sign != "!=";
    }

    void prefix(const Node &node, bool is_condition)
    {
        const std::string_view sign = tokens_[node.op].text;
        const Node &inner = node.children.front();
        if (sign == "++" || sign == "--")
            add(node, node.op, "arithmetic", (sign == "++" ? "--" : "++") + text(inner));
        else if (sign == "~" || sign == "-")
            add(node, node.op, "arithmetic", text(inner));
        else if (sign == "!" && !is_condition)
            add(node, node.op, "negate", "!!" + operand(inner));
        else if (sign == "&" && inner.kind == Kind::member && is_memblocks(inner))
            add(node, inner.op, "sibling", "&memblock." + std::string(sibling_of(tokens_[inner.op].text)));
    }

    /// Whether it is memblock.memory or memblock.reserved.
    bool is_memblocks(const Node &node) const
    {
        const std::string_view name = tokens_[node.op].text;
        return text(node.children.front()) == "memblock" && (name == "memory" || name == "reserved");
    }

    void number(const Node &node)
    {
        const std::string is = text(node);
        add(node, node.first, "constant", is == "0" ? "1" : is == "1" ? "0" : is + " + 1");
        if (is == "1")
            add(node, node.first, "constant", "2");
        else if (is != "0")
            add(node, node.first, "constant", is + " - 1");
    }

    void name(const Node &node)
    {
        const std::string_view is = tokens_[node.first].text;
        if (is == "true" || is == "false")
            return add(node, node.first, "constant", is == "true" ? "false" : "true");
        const auto flag = std::ranges::find(flags_, is);
        if (flag != flags_.end())
            return add(node, node.first, "flag", flag + 1 == flags_.end() ? flags_.front() : *(flag + 1));
        if (const std::string_view other = sibling_of(is); !other.empty() && is != "memory" && is != "reserved")
            add(node, node.first, "sibling", std::string(other));
    }

    void member(const Node &node)
    {
        const Node &inner = node.children.front();
        if (inner.kind == Kind::member && is_memblocks(inner))
            add(node, inner.op, "sibling",
                fmt::format("memblock.{}.{}", sibling_of(tokens_[inner.op].text), tokens_[node.op].text));
    }

    void call(const Node &node)
    {
        const Node &callee = node.children.front();
        const std::string arguments = text(callee.last, node.last);
        if (callee.kind == Kind::name)
            if (const std::string_view other = function_like(tokens_[callee.first].text); !other.empty())
                add(node, callee.first, "sibling", fmt::format("{}{}", other, arguments));
        const bool is_symmetric = text(callee) == "min" || text(callee) == "max";
        for (size_t i = 1; !is_symmetric && i + 1 < node.children.size(); i++) {
            const Node &one = node.children[i], &other = node.children[i + 1];
            if (is_no_value(one) || is_no_value(other) || text(one) == text(other))
                continue;
            add(node, one.first, "swap",
                fmt::format("{}{}{} {}{}", text(node.first, one.first), text(other), text(one.last, other.first),
                            text(one), text(other.last, node.last)));
        }
    }

    bool is_no_value(const Node &node) const
    {
        return node.kind == Kind::opaque || tokens_[node.first].text.ends_with("_t");
    }

    /// Another function that takes the same parameters: the next in the file, of the last one the first.
    std::string_view function_like(std::string_view name) const
    {
        if (const std::string_view known = sibling_of(name); !known.empty())
            return known;
        const auto is = std::ranges::find(syntax_.functions, name, &Function::name);
        if (is == syntax_.functions.end() || is->parameters == "void")
            return {};
        const auto like = [&](const Function &other) {
            return other.parameters == is->parameters && other.name != name;
        };
        const auto next = std::find_if(is, syntax_.functions.end(), like);
        if (next != syntax_.functions.end())
            return next->name;
        const auto first = std::find_if(syntax_.functions.begin(), is, like);
        return first == is ? std::string_view() : first->name;
    }

    bool is_header_;
    std::vector<Token> tokens_;
    Syntax syntax_;
    const std::vector<std::string> &flags_;
    const IsWanted &is_wanted_;
    const Function *function_ = nullptr;
    const Node *whole_ = nullptr; // the statement that an expression is the whole of
    MutantList list_;
};

/// What stands before the text, once in each file that is compiled. What it writes is no data of memblock's, which a
/// reset puts back.
constexpr std::string_view preamble =
    "#ifndef MBLAB_MUTANT\n"
    "static int mblab_mutant __attribute__((section(\"mblab_switch\")));"
    "static unsigned char *mblab_reached __attribute__((section(\"mblab_switch\")));"
    "static unsigned char mblab_nowhere[{0}] __attribute__((section(\"mblab_switch\")));"
    "static __attribute__((constructor)) void mblab_choose(void) {{"
    " extern char *getenv(const char *); extern int atoi(const char *); extern int open(const char *, int, ...);"
    " extern void *mmap(void *, unsigned long, int, int, int, long); extern int close(int);"
    " const char *number = getenv(\"MBLAB_MUTANT\"), *file = getenv(\"MBLAB_REACHED\");"
    " mblab_mutant = number ? atoi(number) : 0; mblab_reached = mblab_nowhere;"
    " if (file) {{ int fd = open(file, 2); void *map = mmap(0, {0}, 3, 1, fd, 0); close(fd);"
    " if (map != (void *)-1) mblab_reached = map; }} }}\n"
    "#define MBLAB_MUTANT(n) (mblab_reached[n] = 1, mblab_mutant == (n))\n"
    "#endif\n"
    "#line 1\n";

/// Writes the text with its nested changes.
class Writer {
  public:
    Writer(std::string_view source, bool is_header, const std::vector<Mutant> &mutants,
           const std::set<size_t> &left_out)
        : source_(source), mutants_(mutants)
    {
        for (size_t i = 0; i < mutants.size(); i++)
            if (!left_out.contains(i) && mutants[i].is_in_header == is_header)
                spans_[{mutants[i].begin, ~mutants[i].end, !mutants[i].is_statement}].push_back(i);
    }

    Schemata run()
    {
        out_.text = fmt::format(fmt::runtime(preamble), mutants_.size() + 1);
        out_.begin = out_.text.size();
        out_.places.resize(mutants_.size());
        next_ = spans_.begin();
        write(0, source_.size());
        return std::move(out_);
    }

  private:
    /// By where they begin, the longer before what is in them.
    using Spans = std::map<std::tuple<size_t, size_t, bool>, std::vector<size_t>>;

    void write(size_t begin, size_t end)
    {
        while (next_ != spans_.end() && std::get<0>(next_->first) < end) {
            const Spans::value_type &span = *next_++;
            const size_t first = std::get<0>(span.first), last = ~std::get<1>(span.first);
            out_.text += source_.substr(begin, first - begin);
            const bool is_statement = !std::get<2>(span.first);
            out_.text += is_statement ? "{ " : "(";
            for (const size_t i : span.second) {
                out_.places[i].begin = out_.text.size();
                out_.text += is_statement
                                 ? fmt::format("if (MBLAB_MUTANT({})) {{ {}; }} else ", i + 1, mutants_[i].becomes)
                                 : fmt::format("MBLAB_MUTANT({}) ? ({}) : ", i + 1, mutants_[i].becomes);
                out_.places[i].end = out_.text.size();
            }
            out_.text += is_statement ? "" : "(";
            write(first, last);
            out_.text += is_statement ? " }" : "))";
            begin = last;
        }
        out_.text += source_.substr(begin, end - begin);
    }

    std::string_view source_;
    const std::vector<Mutant> &mutants_;
    Spans spans_;
    Spans::iterator next_;
    Schemata out_;
};

} // namespace

std::string Mutant::id() const
{
    return fmt::format("{}{}:{}:{}{}", is_in_header ? "memblock.h:" : "", line, column, what,
                       variation > 1 ? std::to_string(variation) : "");
}

std::string Mutant::title() const
{
    return fmt::format("{}: {} -> {}{}", function, was, becomes.empty() ? "nothing" : becomes,
                       occurrence > 1 ? fmt::format(" ({})", occurrence) : "");
}

void MutantList::add(MutantList more)
{
    std::ranges::move(more.all, std::back_inserter(all));
    std::ranges::move(more.unread, std::back_inserter(unread));
}

MutantList find_mutants(std::string_view source, bool is_header, const std::vector<std::string> &flags,
                        const IsWanted &is_wanted)
{
    return Finder(source, is_header, flags, is_wanted).run();
}

Schemata make_schemata(std::string_view source, bool is_header, const std::vector<Mutant> &mutants,
                       const std::set<size_t> &left_out)
{
    return Writer(source, is_header, mutants, left_out).run();
}

} // namespace mblab::mutate
